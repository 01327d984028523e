# Оболочка, составные части и слова, общие для многих страниц.

product = marketpass
skip-to-content = К содержанию
language = Язык
sign-out = Выйти
sign-in = Войти
sections = Разделы
nav-applications = Приложения
nav-cabinets = Кабинеты
nav-account = Аккаунт
back = Назад
cancel = Отмена

error-summary = Не получилось
copy = Скопировать
copied = Скопировано
download = Скачать
secret-once = Больше мы это не покажем. Сохраните сразу — там, где храните пароли.
secret-saved = Сохранено в надёжном месте
secrets-once = Больше мы их не покажем. Сохраните сразу — там, где храните пароли.
secrets-saved = Сохранены в надёжном месте

moment-exact = { $day }, { $time } UTC
moment-day = { $day } { $month ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
} { $year }
moment-just-now = только что
moment-in-a-minute = меньше чем через минуту
moment-minutes-ago = { $count ->
    [one] { $count } минуту назад
    [few] { $count } минуты назад
   *[other] { $count } минут назад
}
moment-hours-ago = { $count ->
    [one] { $count } час назад
    [few] { $count } часа назад
   *[other] { $count } часов назад
}
moment-days-ago = { $count ->
    [one] { $count } день назад
    [few] { $count } дня назад
   *[other] { $count } дней назад
}
moment-months-ago = { $count ->
    [one] { $count } месяц назад
    [few] { $count } месяца назад
   *[other] { $count } месяцев назад
}
moment-in-minutes = { $count ->
    [one] через { $count } минуту
    [few] через { $count } минуты
   *[other] через { $count } минут
}
moment-in-hours = { $count ->
    [one] через { $count } час
    [few] через { $count } часа
   *[other] через { $count } часов
}
moment-in-days = { $count ->
    [one] через { $count } день
    [few] через { $count } дня
   *[other] через { $count } дней
}
moment-in-months = { $count ->
    [one] через { $count } месяц
    [few] через { $count } месяца
   *[other] через { $count } месяцев
}
