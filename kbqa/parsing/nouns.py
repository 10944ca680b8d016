"""Nouns of English and Chinese that mean the same, or lead the other way, and what relations of some kinds are called.

These are words of the languages, not of any graph or data set.
"""

from __future__ import annotations

__all__ = ["ABOUT", "GENERIC", "JOBS", "OPPOSED", "SAME_NOUNS", "SORTS", "TURNED"]

JOBS = (
    "job title",
    "job",
    "occupation",
    "profession",
    "position",
    "role",
    "职务",
    "职位",
    "职业",
    "岗位",
    "职称",
)
"""What relations are called that say what somebody does."""

ABOUT = ("keyword", "tag", "topic", "subject", "theme", "description", "summary")
"""What relations are called that say what a thing is about: in DCAT, Dublin Core, schema.org, and plainly."""

_SAME = """employee worker staff 员工 职员 雇员
customer client 客户 顾客
product item 产品 商品
team club squad side 球队 俱乐部 球会 队伍
job profession occupation career
wife husband spouse partner
kid child son daughter offspring
parent father mother
author writer 作者 作家 撰稿人
creator maker inventor designer developer
boss head chief leader 负责人 领导
nation country 国家 国
school college university 学校 院校
firm company business corporation enterprise 公司 企业
faith religion
money currency 货币
cost price 价格 价钱 售价 票价 单价
illness disease 疾病
race ethnicity
award prize medal honour honor 奖项 奖
title name
genre category
concept term
nickname alias
hometown birthplace 出生地 家乡 老家 故乡 籍贯 祖籍
rank position
tongue language 语言
doctor physician 医生 大夫 医师
lawyer attorney
car vehicle automobile
ship vessel boat
airplane aircraft plane
road street
attendance audience crowd turnout gate spectator
inhabitant population resident 人口
stadium arena venue ground pitch 球场 场地 体育场 主场
coach manager trainer 教练 主教练
sport 运动
match game fixture 比赛
film movie 电影 影片
song track 歌曲
book novel 书 书籍 图书
newspaper journal magazine periodical 期刊 杂志 报纸
paper article publication 论文 文章
老师 教师 教员 teacher 师承
课 课程 科目 course
学生 学员 student pupil
部门 科室 department
供应商 供货商 supplier vendor
工资 薪水 薪资 薪酬 salary wage
餐馆 饭店 餐厅 restaurant
酒店 宾馆 旅馆 hotel
妻子 老婆 太太 夫人
丈夫 老公
孩子 子女 小孩
父亲 爸爸
母亲 妈妈
地址 住址 address
志愿者 义工 volunteer
病人 患者 patient
护士 nurse
药品 药物 药 drug medicine medication
设备 器材 机器 equipment device machine
项目 课题 project
发票 invoice bill
订单 order
会员 成员 member
分店 分馆 分行 branch
舞台 stage
乐队 band
门票 票 ticket
床位 bed
合同 contract
仓库 warehouse
城市 city
电话 电话号码 联系电话 phone telephone
邮箱 电子邮件 email
预算 budget
状态 status
导演 director
演员 actor cast
年龄 age
体重 重量 weight
身高 高度 height
容量 capacity
库存 stock inventory
评分 rating
颜色 colour color
材料 材质 material
症状 symptom
房间 room
楼层 floor storey
首都 capital
面积 area
产量 output production
goalkeeper keeper goalie 守门员 门将
striker forward 前锋
midfielder 中场
defender 后卫
referee ref umpire 裁判 主裁 主裁判
player footballer 球员 选手
transfer 转会
nationality citizenship 国籍
sponsor backer 赞助商 赞助方
supervisor advisor adviser mentor 导师 指导老师 指导教师
organization organisation institution 机构 组织
publisher 出版社 出版商
citation reference 引用
donor contributor 捐赠者
owner proprietor 所有者 业主
tenant renter lessee 租客 租户
ingredient 食材 配料 原料
recipe dish 菜 菜肴 菜谱
dose dosage 剂量
manufacturer producer brand 厂家 厂商 制造商 生产商 生产厂家
website homepage url 网址 网站 官网
duration runtime 时长
deadline 截止日期 期限
founder 创始人 创办人 创立者
investor shareholder 投资人 投资方 股东
mayor 市长
museum 博物馆
district borough neighbourhood neighborhood 区 城区
province 省份 省
county 县
river 河流 河
mountain peak 山 山峰
lake 湖泊 湖
island 岛屿 岛
bridge 桥梁 桥
station stop 车站 站点
line route 线路 路线
airport 机场
port harbour harbor 港口
hospital clinic 医院
ward 病区 病房
surgery operation 手术
exam examination test 考试
grade mark 成绩
semester 学期
dormitory dorm 宿舍
classroom 教室
shelf rack 货架
batch lot 批次
bug defect 缺陷
repository repo 代码库 代码仓库
release version 版本
judge 法官
court 法院
verdict judgment judgement ruling 判决
plaintiff claimant 原告
defendant accused 被告
crop 作物 农作物
pesticide 农药
ruler monarch king emperor 皇帝 君主
painter artist 画家 艺术家
painting picture artwork 画 画作
sculpture statue 雕塑
exhibition exhibit 展览 展
driver 司机 驾驶员
engine motor 发动机 引擎
payment 付款
discount 折扣
bonus 奖金
meeting 会议
poem 诗 诗歌 诗作
poet 诗人
work 作品
dynasty 朝代 王朝
editor compiler 编者 主编
anthology 选集 诗集 集子
哥哥 兄长 大哥 兄
弟弟 胞弟
姐姐 大姐
妹妹 胞妹
朋友 好友 友人 friend
官 官职 官衔
题材 主题
问题 毛病 故障类型
体裁 文体
生日 出生日期 birthday birthdate"""
SAME_NOUNS = {
    noun: tuple(other for other in line.split() if other != noun)
    for line in _SAME.splitlines()
    for noun in line.split()
}
"""Noun → others that relations may be named by where the question says this one; each stands in one line only."""

_OPPOSED = """father dad / mother mum mom
son / daughter
brother / sister
husband / wife
uncle / aunt
nephew / niece
grandfather / grandmother
buyer / seller
birth / death
父亲 爸爸 / 母亲 妈妈 娘
儿子 / 女儿
哥哥 兄长 / 弟弟
姐姐 / 妹妹
丈夫 / 妻子"""
OPPOSED = {
    noun: tuple(other for other in line.replace(" / ", " ").split() if other not in side.split())
    for line in _OPPOSED.splitlines()
    for side in line.split(" / ")
    for noun in side.split()
}
"""Noun → others that name relations which it never means: a mother is no father, near as the words are."""

_TURNED = """narrower = broader
broader = narrower
child children = parent
subtopic subtopics subconcept subcategory subcategories subgenre = broader, parent, parent category
subsidiary subsidiaries = parent company, parent organization, owned by
subordinate subordinates report reports underling = reports to, manager, line manager, supervisor, boss
apprentice apprentices mentee trainee = master, mentor, trained by
student students pupil pupils = teacher, supervisor, advisor, adviser, supervised
grandson granddaughter grandchild grandchildren = grandfather, grandmother, grandparent
employer = employee, employees
owner = owns
property properties possession possessions = owner, owned by
学生 弟子 门生 = 师承, 老师, 导师, 师父
弟弟 妹妹 = 兄长, 哥哥, 姐姐
哥哥 姐姐 = 弟弟, 妹妹
predecessor = successor, replaced by, followed by
successor = predecessor, replaces, preceded by
prequel = sequel
sequel = prequel
component components = part of, component of
子公司 = 母公司
母公司 = 子公司
徒弟 学徒 = 师傅, 师父
师傅 师父 = 徒弟
下属 下级 手下 = 上级, 直属上级, 汇报对象, 经理
儿子 女儿 孩子 子女 = 父亲, 母亲, 父母
前任 = 继任者, 继任
继任者 = 前任"""
TURNED = {
    noun: tuple(line.split(" = ")[1].split(", "))
    for line in _TURNED.splitlines()
    for noun in line.split(" = ")[0].split()
}
"""Noun → what relations may be called that lead the other way: the narrower terms of one have it for their broader one."""

GENERIC = ("type", "kind", "record", "entry", "item", "类型", "种类", "记录")
"""Heads of the names of classes that say nothing: a "ticket type" is a ticket."""

SORTS = ("type", "kind", "category", "genre", "类别", "类型", "种类", "分类")
"""What relations are called that lead to the kind of a thing, where a graph or table has no class for it."""
