"""Verbs of English and Chinese: the relations that they mean, the events that they speak of, and what people are called."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVENTS", "GROUPS", "PEOPLE", "VERBS", "Occasion"]

_VERBS = """live reside dwell = city, residence, home, town, address
work = employer, workplace, department, company, team
earn = salary, wage, income, pay
cost = price, cost
weigh = weight, mass
charge = price, fee, rate
supply deliver = supplier, vendor
teach = teacher, instructor, lecturer
own = owner
buy purchase = customer, buyer, product, item
locate situate base = location, place, city, headquarters
hire employ join = hire date, hired on, join date, start date
come_out put_out bring_out launch = release date, released, publication date, published, launch date, date issued, issued, publisher
hold fit seat accommodate = capacity, seats
leave left remain = stock, remaining, inventory, available, balance
sign_up register = joined on, join date, date joined, registered on, registration date
found establish = founded, foundation date, inception
release publish issue = release date, released, publication date, published, issued, date issued, publisher
lead head manage = manager, leader, head, director, lead
paint sculpt compose create = creator, artist, author, maker, composer
draw = creator, artist, author, attendance
write = author, writer
die = date of death, death date
start begin = start time, start date, started at
end finish = end time, end date, ended at
belong belong_to part_of = part of, member of, belongs to, sub organization of, sub organisation of, parent, parent organization, department
run conduct carry_out = conducted by, run by, performed by, carried out by, operator, operated by
spread transmit carry = transmitted by, spread by, vector
hit infest damage = attacks, affects, infests, damages
eat = preys on, eats, feeds on, diet
expire run_out = expiry, expires, expiration date, expiry date, valid until
update refresh = modified, last modified, updated, last updated, update frequency
in_charge = head, head of, manager, leader, responsible, director, 负责人
advise supervise mentor tutor = advisor, adviser, supervisor, mentor, tutor, line manager
train coach = trainer, coach, head coach, manager, instructor
study = field of study, major, course, programme, subject
graduate = alma mater, university, graduation date, graduation year
specialise specialize = specialty, speciality, specialization, specialisation, field, expertise
speak = language, languages, language spoken
fund finance sponsor back backing bankroll = funder, funded by, sponsor, sponsored by, financed by, grant
invest = investor, invested in
donate give = donor, donated by, donation
acquire = acquisition date, acquired, date acquired, acquired on, acquired by, acquirer
approve authorise authorize = approved by, approver, approval date, date of approval, approved
review = reviewer, reviewed by
edit = editor, edited by
translate = translator, translated by
illustrate = illustrator, illustrated by
direct = director, directed by
produce = producer, produced by, manufacturer
star act = cast, starring, actor, actors
design = designer, designed by, architect
build construct erect = architect, builder, built by, year built, construction date, manufacturer
develop = developer, developed by
maintain = maintainer, maintained by, maintained
operate = operator, operated by
manufacture = manufacturer, maker, brand, manufactured by
make = manufacturer, maker, made by, brand
discover = discoverer, discovered by, discovery date, discovered
invent = inventor, invented by
organise organize host = organizer, organiser, organized by, host, hosted by, venue
chair = chair, chairperson, chaired by, chair of
lie stand sit = location, located in, position
open = opening date, opened, opening hours, opening time, open since
close shut = closing date, closed, closing time, opening hours
cross span = crosses, spans
flow empty = flows into, mouth, empties into
serve stop = serves, stops at, served by, station
contain include = contains, includes, has part, ingredient, ingredients, parts
consist = has part, parts, components, consists of, material
depend rely = depends on, dependency, requires
require need = requires, requirement, prerequisite, required
referee officiate umpire = referee
pay_for = funder, funded by, sponsor, sponsored by, paid by, payer
sit_behind = backend, database, uses, stores data in
cite quote mention = cites, references, citation
score = goals, points, score
happen occur = date, event date, start date
convict sentence = verdict, sentence
sue = plaintiff, defendant
protect = protects, protected by
live_in inhabit = habitat, residence, city, home
call_home = home ground, home, residence
nickname = nickname, alias
owe = amount due, balance, outstanding
cause = causes, caused by, cause, pathogen
cure = treats, indication, treatment, treated with
grow thrive = grows in, habitat, grown in, cultivated in
store keep = stored in, kept at, storage location, location, warehouse, shelf
display exhibit hang = on display, exhibited in, exhibited at, location, gallery, room
last = duration, length, running time, runtime
win receive = award, awards, prize, award received, winner, won
depict portray represent show = depicts, subject, represents, portrays
marry wed = spouse, husband, wife, partner, married to
report answer = reports to, manager, line manager, supervisor
oversee head_up = manager, head, director, responsible, supervisor
look_after take_care = owner, owned by, responsible, responsible for, manager, caretaker, keeper, maintained by
assign allocate = assigned to, assignee, assigned, allocated to
affect impact strike = affects, affected, affected by, impact
depart = departure time, departure, departs, departs from
arrive = arrival time, arrival, arrives, arrives at
tag label = tag, tags, keyword, keywords, theme, subject, label
cover = covers, coverage, topic, subject, spatial
license = license, licence
attract = attendance, visitors
debut premiere = premiere, debut, release date, first performance
resign retire quit = end date, left on, retirement date, leaving date
promote = promotion date, position
diagnose = diagnosis, condition, disease, diagnosed with
spray control = effective against, controls, treats, target pest
prey feed = preys on, feeds on, eats, prey
breed nest = habitat, breeding ground
reserve book = reserved by, booked by
sign = signatory, signed by, signed on, date signed
vote = votes, vote
elect appoint = elected on, appointed on, appointment date, appointed by, term start
money = amount, value, fee, price, cost, total, sum
到期 过期 = expiry, 到期日期, 到期, 有效期至, expiration date
更新 修改 = 更新时间, 更新日期, 修改时间, modified, updated
发布 = 发布者, 发布机构, 发布日期, publisher, issued, published
修 维修 修理 = 维修人员, 维修工, repaired by, technician
call phone ring reach = telephone, phone, phone number, contact, contact point, email
教 = 授课教师, 任课教师, 教师, 老师
住 = 城市, 住址, 地址, 居住地
写于 作于 写成 写出 成书 = 创作年份, 写作年份, 创作时间, 成书年份, 创作日期, 创作地
收录 收入 收进 选入 入选 收 = 收录于, 收录, 收录篇数, 选集
生于 出生 出生于 = 出生日期, 出生年份, 生年, 出生年, 出生地
卒于 死于 逝世 = 卒年, 去世年份, 死亡日期, 逝世日期, 死亡地
师从 拜师 师承 = 师承, 老师, 导师, 师父
送给 写给 献给 寄给 赠给 赠 = 寄赠对象, 赠予对象, 献给, 赠予
流经 流过 = 流经河流, 流经, 河流
铺 铺设 = 地面, 场地类型, 材质, surface
执教 带队 = 教练, 主教练, head coach, coach
编 编选 编纂 选编 = 编者, 编纂者, 主编
担任 出任 当 任 = 官职, 职务, 职位, 担任职务
挣 赚 = 工资, 薪水, 薪资, 收入
画 = 创作者, 作者, 画家
写 = 作者
生产 制造 = 制造商, 厂商, 生产商
毕业 = 毕业院校, 毕业于, 母校
入职 = 入职时间, 入职日期
去世 = 死亡日期, 逝世日期, 卒年, 去世年份
位于 = 位置, 所在地, 地点
管 管着 负责 主管 分管 = 负责人, 管理者, 主管, 管理人, responsible
指导 带 带着 = 导师, 指导教师, 指导老师, 师傅
主办 举办 = 主办方, 主办单位, 举办方, 举办地
赞助 资助 = 赞助商, 赞助方, 资助方, 资助机构
投资 = 投资方, 投资人, 投资者
设计 = 设计师, 设计者, 设计单位, 建筑师
开发 研发 = 开发商, 开发者, 研发单位
出版 = 出版社, 出版日期, 出版时间
翻译 = 译者, 翻译者
执导 = 导演
主演 出演 = 主演, 演员
演唱 = 歌手, 演唱者
发明 = 发明者, 发明人
治疗 治 = 适应症, 治疗药物, 主治
供货 供应 进货 = 供应商, 供货商
建成 建造 修建 = 建成时间, 建造年份, 竣工时间, 建成年份
开业 = 开业时间, 开业日期
安装 = 安装日期, 安装位置
购置 = 购置日期, 采购日期
放 存放 = 存放位置, 位置, 所在车间, 库位
值 花 = 价格, 价值, 原值, 费用
隶属 归属 = 所属部门, 隶属于, 所属
获得 获 = 奖项, 获奖, 所获奖项
表现 描绘 = 题材, 主题, 描绘, 表现
覆盖 = 覆盖范围, 覆盖区域, 空间范围, spatial, coverage
联系 = 联系电话, 联系人, 联系方式, 电话"""
VERBS = {
    verb: tuple(line.split(" = ")[1].split(", "))
    for line in _VERBS.splitlines()
    for verb in line.split(" = ")[0].split()
}
"""Verb, with its particle behind "_" → what relations may be called that a question means by it, likeliest first."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What things may be called that a verb speaks of ("borrowed": loans), and who does what it says.

    `over` says that the verb speaks of their end: "returned".
    """

    nouns: tuple[str, ...]
    agents: tuple[str, ...]
    over: bool = False


_EVENTS = """buy, purchase, order = order, purchase, sale, transaction, 订单 | customer, buyer, client, 客户, 顾客
sell = sale, order, transaction, 销售, 订单 | seller, salesperson, vendor, 销售员
borrow, loan, lend, lend out, check out, take out = loan, lending, borrowing, checkout, 借阅, 借出 | borrower, member, reader, patron, 读者
return, give back, bring back, hand back, hand in, come back = loan, lending, borrowing, checkout, rental, hire, lease, 借阅, 借出, 租赁 | borrower, member, reader, patron, renter, tenant, customer, 读者
rent, hire = rental, hire, lease, 租赁 | renter, tenant, customer, 租客
reserve, hold = reservation, hold, booking, 预约 | member, customer, guest, patron, 读者
book = booking, reservation, timesheet, time entry, 预订 | guest, customer, employee, client, 客人
log, record, clock = timesheet, time entry, log entry, 工时 | employee, worker, member, 员工
work = timesheet, time entry, shift, assignment, engagement, 工时, 班次 | employee, worker, volunteer, member, 员工
volunteer, help out = shift, assignment, 班次 | volunteer, 志愿者
play, perform, headline, appear, sing = performance, gig, show, concert, set, slot, appearance, match, game, fixture, 演出, 比赛 | artist, performer, band, act, musician, 艺人
meet, face, host, beat, win, lose, play against = match, game, fixture, 比赛 | home team, team, player
referee, officiate, umpire = match, game, fixture, 比赛 | referee, 裁判
transfer, join, move = transfer, signing, 转会 | player, 球员
sign, bring in, take on = transfer, signing, 转会 | to team, to club, new team, new club, buyer
leave, left, let go = transfer, signing, 转会 | from team, from club, old team, old club, seller
write, author, co-author, publish = authorship, contribution | author, contributor
employ, work at, work for = employment, position, job, tenure, 任职 | employee, person, 人物
visit = visit, appointment, 就诊 | visitor, patient, guest, 病人
admit, hospitalise, hospitalize, discharge = admission, stay, hospitalization, 入院, 入院记录, 住院记录 | patient, 病人, 患者
treat = treatment, admission, 治疗 | doctor, physician, 医生
prescribe = prescription, admission, 处方 | doctor, physician, 医生
enrol, enroll, register, sign up = enrolment, enrollment, registration, 报名 | student, participant, member, 学生
attend = attendance, registration, enrolment, 出席 | attendee, student, participant, 学生
pay = payment, 付款 | payer, customer, client, 客户
spend = order, purchase, sale, transaction, payment, expense, invoice, 订单, 付款, 费用 | customer, buyer, client, payer, employee, 客户, 顾客
invoice, bill = invoice, bill, 发票 | client, customer, 客户
marry = marriage, wedding, 婚姻 | spouse
deliver, ship = delivery, shipment, 发货 | carrier, supplier
repair, fix, service = repair, maintenance, 维修 | technician, engineer, mechanic
break down, fail, malfunction = fault, failure, breakdown, incident, malfunction, 故障 | machine, equipment, device, 设备
inspect = inspection, 检查 | inspector
review, rate = review, rating, 评论 | reviewer, customer, user
出过故障, 出故障, 发生故障, 故障过, 坏过, 坏了, 报修 = 故障, 故障记录, 报修, 报修单, fault, failure, breakdown | 设备, 机器, machine, equipment
花了, 花费, 消费 = order, purchase, payment, expense, 订单, 付款, 费用, 消费记录 | customer, client, employee, 客户, 顾客
购买, 买过, 买了, 买, 订购, 下单, 订了 = order, purchase, sale, 订单, 购买记录 | customer, buyer, client, 客户, 顾客
借过, 借了, 借走, 借阅, 借, 归还, 还过, 还了 = loan, lending, borrowing, 借阅, 借阅记录, 借书记录, 借出 | borrower, member, reader, 读者, 会员
转会, 转会走, 加盟, 签下, 引进 = transfer, signing, 转会, 转会记录 | player, 球员
任职, 任职过, 做过官, 当过官, 做官, 当官, 为官, 任过, 做过, 当过 = 任职, 任职经历, 任期, 职务经历, employment, tenure | 人物, 员工
被贬, 贬到, 贬谪, 流放, 贬官 = 贬谪, 贬谪经历, 流放 | 人物
住过院, 住过, 住院, 住着, 住在, 入院, 出院, 出的院, 入的院 = admission, stay, 入院, 入院记录, 住院记录 | patient, 病人, 患者
演出, 表演, 登台 = performance, gig, concert, set, 演出 | artist, performer, band, 艺人, 乐队
值班, 值过班, 值夜班, 上夜班, 排班 = shift, 班次, 排班, 值班 | doctor, nurse, employee, volunteer, 医生, 护士, 员工
用过, 服用过, 服用, 吃过, 开过, 开了 = prescription, admission, 处方, 用药, 用药记录, 入院记录, 住院记录 | patient, 病人, 患者
就诊, 看病, 挂号 = visit, appointment, 就诊, 挂号 | patient, 病人, 患者
预约, 预订 = reservation, booking, appointment, 预约, 预订 | member, customer, guest, 读者, 客户
报名, 参加 = registration, enrolment, attendance, 报名 | student, participant, member, 学生, 学员
租, 租过, 租了 = rental, lease, 租赁 | renter, tenant, customer, 租客"""


_OVER = frozenset(
    """return;give back;bring back;come back;hand back;hand in;discharge;归还;还过;还了;出院;出的院""".split(
        ";"
    )
)


def _occasions() -> dict[str, Occasion]:
    found = {}
    for line in _EVENTS.splitlines():
        verbs, said = line.split(" = ")
        nouns, agents = said.split(" | ")
        for verb in verbs.split(", "):
            found[verb] = Occasion(tuple(nouns.split(", ")), tuple(agents.split(", ")), verb in _OVER)
    return found


PEOPLE = frozenset(
    """person people individual human man woman child member staff crew guest patient student pupil client user athlete artist
    nurse crew relative friend host musician technician librarian guardian physician assistant accountant consultant
    contact fan colleague boss chef cook pilot spouse agent applicant participant attendant tenant patron
    人 人员 人物 员工 职员 雇员 会员 成员 读者 客户 顾客 用户 病人 患者 医生 护士 学生 老师 教师 作者 司机 乘客 志愿者 选手 球员 艺人 嘉宾""".split()
)
"""What people are called by what they do, beside words that are made of verbs ("rider")."""

GROUPS = frozenset(
    """agent company firm organization organisation institution institute agency team club band group orchestra ensemble choir
    department office council government ministry party university college school foundation fund bank
    hospital clinic library museum gallery brand country nation state city town family tribe union association society
    committee board authority business corporation enterprise shop store studio squad side faculty lab laboratory
    公司 企业 机构 组织 部门 单位 团队 球队 乐队 学校 大学 学院 医院 协会 国家 政府 委员会 家族 供应商 厂商 厂家 出版社 俱乐部 基金会 科室 系""".split()
)
"""What those are called that act as people do: "who supplies it" may be a company."""

EVENTS = _occasions()
"""Verb, with its particle → the things that tie others together which it speaks of."""
