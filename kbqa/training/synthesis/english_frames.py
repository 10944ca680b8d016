"""How people ask in English: sentences with slots.

Of where one starts: {x} {xs} (possessive) {is_x} {do_x} {have_x} {one_x} ("one of" before several).
Of what is asked for: {who} {which} ("which films") {head} ("the films") {many} ("films") {that} {is_t} {do_t}
{have_t} {where} {when}. Of the relation: {n} (noun, in number) {n1} (singular) {as_n} {v_x} {v_t} (verb, agreeing)
{v} {ved} {ving} {p} (its preposition with a blank before) {w} (state). {simple}, {bare}, ... are empty: they say
when a sentence fits.
"""

from __future__ import annotations

from kbqa.training.synthesis.frames import frames

__all__ = [
    "APPOSED",
    "ASKED",
    "IN_TURN",
    "PHRASES",
    "PREDICATES",
    "QUESTIONS",
    "SHARED",
    "SHARED_BACK",
    "SHARED_OBJECT",
    "SHARED_STATE",
    "SHORT_ASKED",
    "SHORT_PHRASES",
]

PHRASES = {
    ("noun", True): frames(
        "7 {the}{n} of {x}|4 {light}{xs} {n}|1.5 {simple}{x} {n}|0.5 {the}{n} that {x} {have_x}|0.4 {the}{n} for {x}",
        "0.3 {the}{n} {x} {have_x}|0.3 {the}{n} belonging to {x}|0.3 {simple}{x} 's {n}|0.3 {simple}{n} for {x}",
        "0.4 {nested}whoever {is_t} {n1} of {x}{person}{one}|0.3 {nested}what {x} {have_x} as {n1}{thing}",
    ),
    ("noun", False): frames(
        "6 {head} whose {n1} {predicate}|3 {head} with {a_n} {that_n} {predicate}|1.5 {head} having {a_n} {that_n} {predicate}",
        "4 {head} whose {n1} {is_1} {one_x}{x}|3 {head} with {x} as {as_n}|2 {simple}{head} with {n1} {x}",
        "2 {head} that {have_t} {x} as {as_n}|1 {head} having {x} as {as_n}|2 {head} that {x} {is_x} the {n1} of",
        "0.7 {head} of which {x} {is_x} the {n1}|0.7 {head} for which {x} {is_x} the {n1}",
        "0.7 {head} where the {n1} {is_1} {x}|0.5 {head} {x} {is_x} {n1} of|0.5 {head} with the {n1} {x}{simple}",
        "0.5 {head} where {x} {is_x} the {n1}|0.5 {head} listing {x} as {n1}|0.5 {head} which has {x} for its {n1}{one}",
    ),
    ("verb", True): frames(
        "4 {head} that {x} {v_x}{p}|3 {head} {x} {v_x}{p}|3 {alone}{head} {ved} by {x}",
        "2 {alone}{head} that {is_t} {ved} by {x}|1 {head} which {x} {have_x} {ved}{p}{past}",
        "1 {alone}{simple}{past}{x} {ved} {many}|0.7 {nested}what {x} {v_x}{p}{thing}|1 {head} {prep} which {x} {v_x}{thing}",
        "0.6 {alone}{head} {x} {have_x} {ved}{past}|0.5 everything {x} {v_x}{p}{thing}|0.6 {head} where {x} {v_x}{at_place}",
        "0.5 {head} in which {x} {v_x}{at_time}",
    ),
    ("verb", False): frames(
        "5 {head} {that} {v_t}{p} {x}|2 {head} {ving}{p} {x}|1 {head} {that} {have_t} {ved}{p} {x}{past}",
        "1 {alone}{head} {that} {x} {is_x} {ved} by|0.8 {nested}whoever {v_1}{p} {x}{person}{one}|0.8 {alone}{head} {x} {is_x} {ved} by",
        "1 {alone}{person}{head} by whom {x} {is_x} {ved}|0.5 {head} responsible for having {ved} {x}{past}{person}{alone}",
    ),
    ("state", True): frames(
        "4 {head} that {x} {is_x} {w}{p}|3 {head} {x} {is_x} {w}{p}|2 {head} {prep} which {x} {is_x} {w}{thing}",
        "1.5 {head} where {x} {is_x} {w}{at_place}|1.5 {head} when {x} {is_x} {w}{at_time}|0.5 {nested}what {x} {is_x} {w}{p}{thing}",
    ),
    ("state", False): frames(
        "5 {adjective}{head} {w}{p} {x}|4 {head} {that} {is_t} {w}{p} {x}|0.4 {head} {that} {is_t} said to be {w}{p} {x}",
        "0.4 {head} {that} {is_t} known to be {w}{p} {x}|0.4 {nested}whatever is {w}{p} {x}{thing}{one}",
    ),
}
"""Noun phrases for what a hop leads to, by the reading's shape and whether one starts at its S."""

QUESTIONS = {
    ("noun", True): frames(
        "15 {boolean}{is_x} {x} {n}|5 {boolean}{do_x} {x} have {n}|3 {boolean}is it true that {x} {is_x} {n}|2 {boolean}{x} is {n} or not",
        "2 {what} {n} {do_x} {x} have|1 which {n} {do_x} {x} have|1 {what} {n} {is_x} {x}{thing}|1 {x} {have_x} which {n}",
        "1 {what} {do_x} {x} have as {as_n}|1 {who} {do_x} {x} have as {as_n}|1 {x} {have_x} what as {n1}{thing}",
        "1 for {x} {who} {is_t} {the}{n}|1 of {x} {who} {is_t} the {n}|1 as for {x}, {who} {is_t} the {n}",
        "0.7 {simple}{who} {is_t} {x} {n}|0.7 {n} {simple}{x}|0.7 {simple}{x} {n} {who}|0.7 {simple}{n} {x} {who}",
        "0.6 {x} falls under {which_n}{thing}{single}|0.7 {who} serves as {n1} of {x}{person}|0.7 {who} would be the {n} of {x}",
        "0.7 {who} {is_t} listed as {n} of {x}|1 {who} {is_t} named as the {n} of {x}|0.7 {x}: {who} {is_t} the {n}",
        "0.5 does {x} have a known {n1} and {who} is it{one}{simple}|0.7 {what} kind of {n} {do_x} {x} have{thing}{entity}",
        "2 {when} {is_t} {the}{n} of {x}|1.5 {where} {is_t} {the}{n} of {x}|4 how {old} {is_x} {x}|1 {x} is how {old}{single}",
        "1.5 how large {is_t} the {n} of {x}{number}|1 how much {is_t} the {n} of {x}{number}|1 what number is the {n1} of {x}{number}",
        "3 {number_of} {do_x} {x} have|3 {number_of} {is_x} there in {x}|1 {x} {have_x} {number_of}",
        "0.7 {who} {is_t} {simple}{xs} {n} called{person}",
    ),
    ("noun", False): frames(
        "3 whose {n1} {predicate}|3 {which} {have_t} {a_n} {that_n} {predicate}|2 {label}{which}'s {n1} {predicate}{one}",
        "3 {which} {have_t} {x} as {as_n}|2 {who} {has} {x} as {as_n}|2 whose {n1} {is_1} {one_x}{x}|1.5 {label}{which}'s {n1} {is_1} {one_x}{x}{one}",
        "2 {x} {is_x} the {n1} of {which}|2 {x} {is_x} {n1} of {which}|2 {which} {is_x} {x} the {n1} of|1 of {which} {is_x} {x} the {n1}",
        "1 for {which} {is_x} {x} the {n1}|1.5 {who} {is_x} {x} the {n1} of|1 {which} {is_t} there with {x} as {n1}",
        "1 in {which} {is_x} {x} the {n1}{thing}|1 {which} {have_t} {n1} {x}{simple}|1 {who} lists {x} as {n1}",
        "1 {who} has {x} for a {n1}{person_n}|1 {x} {is_x} whose {n1}|0.7 {which} {have_t} the {n1} {x}{simple}",
    ),
    ("verb", True): frames(
        "15 {boolean}{did} {x} {v}{p}|15 {boolean}{is_x} {x} {ved}{p}",
        "4 {who} {did} {x} {v}{p}|4 {which} {did} {x} {v}{p}|2 {prep} {which} {did} {x} {v}|2 {alone}{which} {is_t} {ved} by {x}",
        "1.5 {x} {v_x}{p} {who}|1.5 {x} {v_x}{p} {which}|1 {who} {have_x} {x} {ved}{p}{past}|1 {which} {have_x} {x} {ved}{p}{past}",
        "0.7 {who} is it that {x} {v_x}{p}|0.8 {alone}{who} was {ved} by {x}|4 {where} {did} {x} {v}|5 {when} {did} {x} {v}|1 {x} {v_x} {where}|1 {x} {v_x} {when}",
        "0.7 {alone}{past}{simple}{x} {ved} {which}|0.5 {who} all {did} {x} {v}{p}",
    ),
    ("verb", False): frames(
        "6 {who} {v_1}{p} {x}|4 {which} {v_t}{p} {x}|2 {who} has {ved}{p} {x}{past}|2 {alone}{who} {is_x} {x} {ved} by",
        "1 {alone}by {which} {is_x} {x} {ved}|1 {alone}by whom {is_x} {x} {ved}{person}|2 {alone}{x} {is_x} {ved} by {which}",
        "1.5 {alone}{x} {is_x} {ved} by {who}|1 {who} was it that {v_1}{p} {x}|0.7 {who} is {ving}{p} {x}{present}|0.7 {alone}{which} {is_x} {x} {ved} by",
        "0.6 {who} {v_1}{p} {x} exactly|0.6 do you know {who} {v_1}{p} {x}|0.5 the person who {v_1}{p} {x}{person}",
        "0.5 {who} all {v_1}{p} {x}|0.5 and {who} {v_1}{p} {x}|0.6 tell me {who} {v_1}{p} {x}|0.6 i want to know {who} {v_1}{p} {x}",
    ),
    ("state", True): frames(
        "3 {who} {is_x} {x} {w}{p}|3 {which} {is_x} {x} {w}{p}|1.5 {prep} {which} {is_x} {x} {w}|8 {where} {is_x} {x} {w}|8 {when} {is_x} {x} {w}",
        "1 {x} {is_x} {w}{p} {which}|1 {x} {is_x} {w}{p} {who}|2 {x} {is_x} {w} {where}|2 {x} {is_x} {w} {when}|0.7 {who} is it that {x} {is_x} {w}{p}{thing}",
        "1.5 tell me {where} {x} {is_x} {w}|1.5 tell me {when} {x} {is_x} {w}|1 i want to know {when} {x} {is_x} {w}|1 do you know {where} {x} {is_x} {w}",
    ),
    ("state", False): frames(
        "4 {which} {is_t} {w}{p} {x}|3 {who} is {w}{p} {x}|0.7 {adjective}{prep} {x} {which} {is_t} {w}|1 {who} all {is_t} {w}{p} {x}|0.7 {who} can be said to be {w}{p} {x}",
        "0.7 {adjective}what can be found {w}{p} {x}{thing}|0.7 {which} are there {w}{p} {x}{several}",
    ),
}
"""Questions for what a hop leads to, by the reading's shape and whether one starts at its S."""

ASKED = frames(
    "8 {who} {is_t} {np}|2 {whos} {np}|2.5 name {np}|2 list {np}|2 tell me {np}|1.5 give me {np}|1 show me {np}|1 find {np}|2 {np}",
    "1 {np} {is_t} {who}|1 {np} {is_t} {who} exactly|1 can you name {np}|1 could you tell me {np}|1 can you tell me {who} {np} {is_t}",
    "1 i want to know {np}|1 i want to know {who} {np} {is_t}|1 i'd like to know {who} {np} {is_t}|1 tell me {who} {np} {is_t}|0.6 identify {np}",
    "1 do you know {np}|1 do you know {who} {np} {is_t}|0.7 please list {np}|0.7 list all {np_bare}{several}|0.7 name all {np_bare}{several}",
    "0.7 name some {np_bare}{several}{label}|0.7 what are some {np_bare}{several}{label}|0.7 {who} {is_t} all {np}{several}|0.7 {np_bare}|0.7 what {is_t} {np} called",
    "0.7 looking for {np}|0.6 i am looking for {np}|0.7 search for {np}|0.5 what about {np}|0.6 any idea {who} {np} {is_t}|0.5 let me know {np}",
    "0.5 {who} was {np}{one}|0.5 what is the name of {np}{one}|0.5 what are the names of {np}{several}|0.5 give the name of {np}{entity}",
    "0.5 {who} might {np} be|0.5 {who} exactly {is_t} {np}|0.5 which ones are {np}{several}{entity}|0.5 i need {np}|0.5 get me {np}|0.4 return {np}",
    "0.5 describe {np}{thing}|0.6 how about {np}|0.5 remind me {who} {np} {is_t}|0.5 i wonder {who} {np} {is_t}|0.5 state {np}|2 how much {is_t} {np}{number}",
    "2 how large {is_t} {np}{number}|0.5 are there any {np_bare}{several}{label}",
)
"""Questions around a noun phrase."""

PREDICATES = {
    ("noun", True): frames(
        "3 is the {n1} of {x}|2 {light}is {xs} {n1}|1 is {a_n} of {x}|1 was the {n1} of {x}"
    ),
    ("noun", False): frames("3 has {x} as {as_n}|1 has {x} for {a_n}|1 has {n1} {x}{simple}"),
    ("verb", True): frames("3 {alone}{is_1} {ved} by {x}"),
    ("verb", False): frames("3 {v_1}{p} {x}|1 has {ved}{p} {x}{past}"),
    ("state", True): frames("{no}"),
    ("state", False): frames("3 {is_1} {w}{p} {x}"),
}
"""What is said of one thing that a hop leads to, by the reading's shape and whether one starts at its S."""

SHORT_PHRASES = {
    ("noun", True): frames(
        "6 {light}{xs} {n}|4 {the}{n} of {x}|1.5 {n} of {x}|2 {bare}{the}{x} {n}|1 {bare}{x} {n}|1 {person}{thing_x}{the}{n} in {x}{entity}|1 {light}{xs} {n}"
    ),
    ("noun", False): frames(
        "2 {simple}{few} with {n1} {x}|2 {simple}{few} of {n1} {x}|3 {few} with {a_n} {that_n} {predicate}|3 {few} whose {n1} {predicate}",
        "2 {few} whose {n1} {is_1} {one_x}{x}|1 {few} with {x} as {n1}|1 {head} with {n1} {x}",
    ),
    ("verb", True): frames(
        "3 {alone}{bare}{x} {ved} {many}|4 {alone}{few} {ved} by {x}|2 {few} {x} {v_x}{p}|2 {few} that {x} {v_x}{p}|1 {few} {x} {v_x}{p}"
    ),
    ("verb", False): frames(
        "3 {few} {ving}{p} {x}|3 {few} {that} {v_t}{p} {x}|1.5 {inside}{label}{few}{p} {x}|1 {head} {ving}{p} {x}"
    ),
    ("state", True): frames("3 {few} {x} {is_x} {w}{p}|1 {head} {x} {is_x} {w}{p}"),
    ("state", False): frames(
        "5 {adjective}{few} {w}{p} {x}|2 {few} {that} {is_t} {w}{p} {x}|1 {adjective}{head} {w}{p} {x}"
    ),
}
"""Noun phrases as short as people make them, for chains above all."""

SHORT_ASKED = frames(
    "6 {who} {is_t} {np}|4 {whos} {np}|7 {np}|3 {np_bare}|2 {np} {is_t} {who}|1 {simple}{np} {who}|0.7 name {np}|0.7 list {np}",
    "1 which {is_t} {np}{entity}|2 {when} {is_t} {np}|3 {where} {is_t} {np}|1 {who} {was_t} {np}",
)
"""Short questions around a noun phrase."""

SHARED = frames(
    "3 {head} that share {a_n} with {x}{several}|2 {head} with the same {n1} as {x}|1.5 {head} that have the same {n1} as {x}{several}",
    "1.5 {other} {many} with the same {n1} as {x}|1 {other} {many} with the {n1} of {x}|1.5 {head} sharing {a_n} with {x}|1.5 {few} sharing {n_s} with {x}",
    "1 {head} that have {a_n} in common with {x}{several}|1 {head} whose {n1} is also the {n1} of {x}|1.5 {head} that share {n_s} with {x}{several}",
    "1 {head} whose {n1} is the same as that of {x}|1 {head} having {n1} in common with {x}|2 {other} {many} {ved} by the {n1} of {x}",
    "1 {other} {many} of the same {n1} as {x}{thing_n}|2 {other} {many} {ved} by the same {n1} as {x}|2 {head} {ved} by the same {n1} as {x}",
    "1.5 {head} {ved} by the {n1} who {ved_past} {x}|1 what else the {n1} of {x} {ved_past}|1.5 {head} that {xs} {n1} also {ved_past}{light}",
    "1 {other} {many} with {xs} {n1}{light}|1 whatever has the same {n1} as {x}{one}|0.5 everything that shares its {n1} with {x}{one}",
    "2.5 {head} also {ved} by the {n1} of {x}|2 {head} that {is_t} also {ved} by the {n1} of {x}|2.5 {head} the {n1} of {x} also {ved_past}",
    "2 {head} {ved} by the {n1} of {x}|1.5 {head} that {was_t} {ved} by the {n1} of {x}|1.5 {other} {many} by the {n1} of {x}{person_n}",
    "2 {head} whose {n_s} also {v_past}{vp} {x}|2 {head} with {n_s} who also {v_past}{vp} {x}{person_n}",
    "2 {head} that the {n_s} of {x} also {v_past}{vp}|2 {head} the {n_s} in {x} also {v_past}{vp}{performed}|1 {head} in which the {n_s} of {x} also {v_past}{performed}",
    "1 {few} with the same {n1} as {x}|1 {few} by the same {n1} as {x}{person_n}{thing_t}|1 {few} with {xs} {n1}, too{light}",
)
"""Noun phrases for what has the same noun as {x}: a hop towards the noun and back."""

SHARED_BACK = frames(
    "2 {person}co-{n} of {x}|1 {person}co-{n} with {x}|1.5 {person}{light}{xs} co-{n}|1 {person}fellow {n} of {x}|2 {the}{n} of the {middle} whose {n1} is {x}{simple}",
    "2 {the}{n} of the same {middle} as {x}|1 other {n} of the {middle} that {x} is the {n1} of|1.5 people who were {n1} of the same {middle} as {x}{person}",
    "1.5 people who are {n} together with {x}{person}|1 those who share a {middle1} with {x} as {n}|1 other {n} of {middle} with {x} as {n1}",
    "1 {n} in the same {middle} as {x}|0.7 the other {n}, besides {x}, of the same {middle}|1 the {n} of {middle} that also have {x} as {n1}",
    "1.5 {n} who {v_past}{vp} the same {middle} as {x}|1.5 people who {v_past} together with {x}{person}|2 people who {v_past} alongside {x}{person}",
    "2 people who co-{v_past} {middle} with {x}{person}{transitive}|2 {n} who co-{v_past} with {x}|2 whoever co-{v_past}{vp} {middle} with {x}{person}",
    "1.5 people who {v_past}{vp} {middle} together with {x}{person}|1.5 {n} who also {v_past}{vp} {middle} with {x}{person}|2 co-{n} of {x}{person}",
    "1 {n} {v_ing} with {x} together{person}",
)
"""Noun phrases for what is a noun of the same things as {x}: a hop back from the noun and towards it."""

SHARED_OBJECT = frames(
    "3 {head} that {v_t}{p} the same {middle1} as {x}|2 {other} {many} {ving}{p} the same {middle1} as {x}|1 {other} {many} that {v_t}{p} {xs} {middle1}{light}"
)
"""Noun phrases for what does to one thing the same as {x}: over a verb and back."""

SHARED_STATE = frames(
    "3 {head} {w}{p} the same {middle1} as {x}{adjective}|2 {head} that {is_t} {w}{p} the same {middle1} as {x}|1 {other} {many} {w}{p} the same {middle1} as {x}{adjective}"
)
"""Noun phrases for what is in the same state as {x}: over a state and back."""

APPOSED = frames(
    "5 the {noun} {mask}|1 {noun} {mask}|1 a {noun} called {mask}|1 the {noun} called {mask}|0.5 the {noun} named {mask}"
)
"""The entity with what it is."""

IN_TURN = frames(
    "4 {first} and {second}|2 {first}, and {second}|1 {first}? {second}|1 {first}, then {second}"
)
"""Two questions one after the other, the second about the answer to the first."""
