# The shell, components, and words that several pages share.

product = marketpass
skip-to-content = Skip to content
language = Language
sign-out = Sign out
sign-in = Sign in
sections = Sections
nav-applications = Applications
nav-cabinets = Cabinets
nav-account = Account
back = Back
cancel = Cancel

error-summary = There is a problem
copy = Copy
copied = Copied
download = Download
secret-once = Shown only this once. Store it now where you keep passwords.
secret-saved = I have saved it
secrets-once = Shown only this once. Store them now where you keep passwords.
secrets-saved = I have saved them

moment-exact = { $day }, { $time } UTC
moment-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
moment-just-now = just now
moment-in-a-minute = within a minute
moment-minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
moment-hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
moment-days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
moment-months-ago = { $count ->
    [one] { $count } month ago
   *[other] { $count } months ago
}
moment-in-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
moment-in-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
moment-in-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
moment-in-months = { $count ->
    [one] in { $count } month
   *[other] in { $count } months
}
