"""The regions that Spotify publishes charts of, and their playlists.

Playlists: lists in public code that agree with one another, read in December 2026; for fifteen small markets'
weekly playlists there is one such list (bg, bo, cr, cy, ee, gr, hn, is, lt, lu, lv, pt, py, sv, uy). None was
compared with Spotify itself: an app needs extended quota for that.
First years: the regions that spotifycharts.com had in 2017, else the year in which Spotify opened there.
"""

from typing import NamedTuple


class Region(NamedTuple):
    """A region with charts of its own."""

    code: str  # `global`, or the two letters of ISO 3166-1
    name: str
    since: int  # the year of the first chart, at the earliest; weekly charts begin on 2016-12-29
    weekly: str | None  # the id of Spotify's playlist, None where none is known
    daily: str | None


REGIONS: tuple[Region, ...] = (
    Region("global", "World", 2016, "37i9dQZEVXbNG2KDcFcKOF", "37i9dQZEVXbMDoHDwVN2tF"),
    Region("ae", "United Arab Emirates", 2018, "37i9dQZEVXbIZQf3WEYSut", "37i9dQZEVXbM4UZuIrvHvA"),
    Region("ar", "Argentina", 2016, "37i9dQZEVXbKPTKrnFPD0G", "37i9dQZEVXbMMy2roB9myp"),
    Region("at", "Austria", 2016, "37i9dQZEVXbM1EaZ0igDlz", "37i9dQZEVXbKNHh6NIXu36"),
    Region("au", "Australia", 2016, "37i9dQZEVXbK4fwx2r07XW", "37i9dQZEVXbJPcfkRz0wJ0"),
    Region("be", "Belgium", 2016, "37i9dQZEVXbND4ZYa46PaA", "37i9dQZEVXbJNSeeHswcKB"),
    Region("bg", "Bulgaria", 2016, "37i9dQZEVXbJQbYjwxrhPm", "37i9dQZEVXbNfM2w2mq1B8"),
    Region("bo", "Bolivia", 2016, "37i9dQZEVXbJgjCMawPquO", "37i9dQZEVXbJqfMFK4d691"),
    Region("br", "Brazil", 2016, "37i9dQZEVXbKzoK95AbRy9", "37i9dQZEVXbMXbN3EUUhlg"),
    Region("by", "Belarus", 2020, "37i9dQZEVXbLRLeF2cVSaP", "37i9dQZEVXbIYfjSLbWr4V"),
    Region("ca", "Canada", 2016, "37i9dQZEVXbMda2apknTqH", "37i9dQZEVXbKj23U1GF4IR"),
    Region("ch", "Switzerland", 2016, "37i9dQZEVXbKx6qX9uN66j", "37i9dQZEVXbJiyhoAPEfMK"),
    Region("cl", "Chile", 2016, "37i9dQZEVXbLJ0paT1JkgZ", "37i9dQZEVXbL0GavIqMTeb"),
    Region("co", "Colombia", 2016, "37i9dQZEVXbL1Fl8vdBUba", "37i9dQZEVXbOa2lmxNORXQ"),
    Region("cr", "Costa Rica", 2016, "37i9dQZEVXbNDIQm4XMct1", "37i9dQZEVXbMZAjGMynsQX"),
    Region("cy", "Cyprus", 2016, "37i9dQZEVXbKVvIaSFCnNP", None),
    Region("cz", "Czechia", 2016, "37i9dQZEVXbLKI6MPixefZ", "37i9dQZEVXbIP3c3fqVrJY"),
    Region("de", "Germany", 2016, "37i9dQZEVXbK8BKKMArIyl", "37i9dQZEVXbJiZcmkrIHGU"),
    Region("dk", "Denmark", 2016, "37i9dQZEVXbMw2iUtFR5Eq", "37i9dQZEVXbL3J0k32lWnN"),
    Region("do", "Dominican Republic", 2016, "37i9dQZEVXbMPoK06pe7d6", "37i9dQZEVXbKAbrMR8uuf7"),
    Region("ec", "Ecuador", 2016, "37i9dQZEVXbJPVQvqZqpcM", "37i9dQZEVXbJlM6nvL1nD1"),
    Region("ee", "Estonia", 2016, "37i9dQZEVXbLnGyU4lLfIR", "37i9dQZEVXbLesry2Qw2xS"),
    Region("eg", "Egypt", 2018, "37i9dQZEVXbMy2EcFg5F9m", "37i9dQZEVXbLn7RQmT5Xv2"),
    Region("es", "Spain", 2016, "37i9dQZEVXbJwoKy8qKpHG", "37i9dQZEVXbNFJfN1Vw8d9"),
    Region("fi", "Finland", 2016, "37i9dQZEVXbJQ9kF73GOT2", "37i9dQZEVXbMxcczTSoGwZ"),
    Region("fr", "France", 2016, "37i9dQZEVXbKQ1ogMOyW9N", "37i9dQZEVXbIPWwFssbupI"),
    Region("gb", "United Kingdom", 2016, "37i9dQZEVXbMwmF30ppw50", "37i9dQZEVXbLnolsZ8PSNw"),
    Region("gr", "Greece", 2016, "37i9dQZEVXbLfxwYMQnhFy", "37i9dQZEVXbJqdarpmTJDL"),
    Region("gt", "Guatemala", 2016, "37i9dQZEVXbJHSzlHx2ZJU", "37i9dQZEVXbLy5tBFyQvd4"),
    Region("hk", "Hong Kong", 2016, "37i9dQZEVXbMdvweCgpBAe", "37i9dQZEVXbLwpL8TjsxOG"),
    Region("hn", "Honduras", 2016, "37i9dQZEVXbMuaLyPOPOg7", "37i9dQZEVXbJp9wcIM9Eo5"),
    Region("hu", "Hungary", 2016, "37i9dQZEVXbMYsavqzfk6k", "37i9dQZEVXbNHwMxAkvmF8"),
    Region("id", "Indonesia", 2016, "37i9dQZEVXbIZK8aUquyx8", "37i9dQZEVXbObFQZ3JLcXt"),
    Region("ie", "Ireland", 2016, "37i9dQZEVXbJIvhIOxXxdp", "37i9dQZEVXbKM896FDX8L1"),
    Region("il", "Israel", 2018, "37i9dQZEVXbJ5J1TrbkAF9", "37i9dQZEVXbJ6IpvItkve3"),
    Region("in", "India", 2019, "37i9dQZEVXbMWDif5SCBJq", "37i9dQZEVXbLZ52XmnySJg"),
    Region("is", "Iceland", 2016, "37i9dQZEVXbNFK4e1Q7rTL", "37i9dQZEVXbKMzVsSGQ49S"),
    Region("it", "Italy", 2016, "37i9dQZEVXbJUPkgaWZcWG", "37i9dQZEVXbIQnj7RRhdSX"),
    Region("jp", "Japan", 2016, "37i9dQZEVXbKqiTGXuCOsB", "37i9dQZEVXbKXQ4mDTEBXq"),
    Region("kr", "South Korea", 2021, "37i9dQZEVXbJZGli0rRP3r", "37i9dQZEVXbNxXF4SkHj9F"),
    Region("kz", "Kazakhstan", 2020, "37i9dQZEVXbLeBcWrdps2V", "37i9dQZEVXbM472oKPNKzS"),
    Region("lt", "Lithuania", 2016, "37i9dQZEVXbMYxg0QVEswv", "37i9dQZEVXbMx56Rdq5lwc"),
    Region("lu", "Luxembourg", 2016, "37i9dQZEVXbJ9I5rNwuWjd", "37i9dQZEVXbKGcyg6TFGx6"),
    Region("lv", "Latvia", 2016, "37i9dQZEVXbJm5XJ9pVWM8", "37i9dQZEVXbJWuzDrTxbKS"),
    Region("ma", "Morocco", 2018, "37i9dQZEVXbNM8vS9cIqAG", "37i9dQZEVXbJU9eQpX8gPT"),
    Region("mx", "Mexico", 2016, "37i9dQZEVXbKUoIkUXteF6", "37i9dQZEVXbO3qyFxbkOE1"),
    Region("my", "Malaysia", 2016, "37i9dQZEVXbKcS4rq3mEhp", "37i9dQZEVXbJlfUljuZExa"),
    Region("ng", "Nigeria", 2021, "37i9dQZEVXbLw80jjcctV1", "37i9dQZEVXbKY7jLzlJ11V"),
    Region("ni", "Nicaragua", 2016, None, "37i9dQZEVXbISk8kxnzfCq"),
    Region("nl", "Netherlands", 2016, "37i9dQZEVXbK4BFAukDzj3", "37i9dQZEVXbKCF6dqVpDkS"),
    Region("no", "Norway", 2016, "37i9dQZEVXbLWYFZ5CkSvr", "37i9dQZEVXbJvfa0Yxg7E7"),
    Region("nz", "New Zealand", 2016, "37i9dQZEVXbIWlLQoMVEFp", "37i9dQZEVXbM8SIrkERIYl"),
    Region("pa", "Panama", 2016, "37i9dQZEVXbNSiWnkYnziz", "37i9dQZEVXbKypXHVwk1f0"),
    Region("pe", "Peru", 2016, "37i9dQZEVXbMGcjiWgg253", "37i9dQZEVXbJfdy5b0KP7W"),
    Region("ph", "Philippines", 2016, "37i9dQZEVXbJVKdmjH0pON", "37i9dQZEVXbNBz9cRCSFkY"),
    Region("pk", "Pakistan", 2021, "37i9dQZEVXbNy9tB5elXf1", "37i9dQZEVXbJkgIdfsJyTw"),
    Region("pl", "Poland", 2016, "37i9dQZEVXbMZ5PAcNTDXd", "37i9dQZEVXbN6itCcaL3Tt"),
    Region("pt", "Portugal", 2016, "37i9dQZEVXbJBafyanUiqT", "37i9dQZEVXbKyJS56d1pgi"),
    Region("py", "Paraguay", 2016, "37i9dQZEVXbOa9bIw7kKRV", "37i9dQZEVXbNOUPGj7tW6T"),
    Region("ro", "Romania", 2018, "37i9dQZEVXbMeCoUmQDLUW", "37i9dQZEVXbNZbJ6TZelCq"),
    Region("ru", "Russia", 2020, None, "37i9dQZEVXbL8l7ra5vVdB"),
    Region("sa", "Saudi Arabia", 2018, "37i9dQZEVXbO839WGRmpu1", "37i9dQZEVXbLrQBcXqUtaC"),
    Region("se", "Sweden", 2016, "37i9dQZEVXbKVvfnL1Us06", "37i9dQZEVXbLoATJ81JYXz"),
    Region("sg", "Singapore", 2016, "37i9dQZEVXbN66FupT0MuX", "37i9dQZEVXbK4gjvS1FjPY"),
    Region("sk", "Slovakia", 2016, "37i9dQZEVXbMwW10JmAnzE", "37i9dQZEVXbKIVTPX9a2Sb"),
    Region("sv", "El Salvador", 2016, "37i9dQZEVXbKtVexUCYsK7", "37i9dQZEVXbLxoIml4MYkT"),
    Region("th", "Thailand", 2017, "37i9dQZEVXbJ7qiJCES5cj", "37i9dQZEVXbMnz8KIWsvf9"),
    Region("tr", "Turkey", 2016, "37i9dQZEVXbJARRcHjHcAr", "37i9dQZEVXbIVYVBNw9D5K"),
    Region("tw", "Taiwan", 2016, "37i9dQZEVXbMVY2FDHm6NN", "37i9dQZEVXbMnZEatlMSiu"),
    Region("ua", "Ukraine", 2020, "37i9dQZEVXbNcoJZ65xktI", "37i9dQZEVXbKkidEfWYRuD"),
    Region("us", "United States", 2016, "37i9dQZEVXbLp5XoPON0wI", "37i9dQZEVXbLRQDuF5jeBp"),
    Region("uy", "Uruguay", 2016, "37i9dQZEVXbLJVn3eSzDgr", "37i9dQZEVXbMJJi3wgRbAy"),
    Region("ve", "Venezuela", 2021, "37i9dQZEVXbNvXzC8A6ysJ", "37i9dQZEVXbNLrliB10ZnX"),
    Region("vn", "Vietnam", 2018, "37i9dQZEVXbKZyn1mKjmIl", "37i9dQZEVXbLdGSmz6xilI"),
    Region("za", "South Africa", 2018, "37i9dQZEVXbJV3H3OfCN1z", "37i9dQZEVXbMH2jvi6jvjk"),
)
