# Кабинеты человека и API-ключи одного из них.

cabinets-title = Кабинеты
cabinets-lead = Кабинеты, с которыми вы работаете.
cabinets-empty-title = Вас пока нет ни в одном кабинете
cabinets-empty-text = Вас добавит владелец кабинета или администратор этого сервера. Сообщите свой логин: { $login }.
cabinets-column-name = Кабинет
cabinets-column-id = Номер
cabinets-column-role = Ваша роль
cabinets-column-keys = API-ключи
cabinets-keys = API-ключи
cabinets-keys-not-yours = Для владельца и управляющих
role-owner = Владелец
role-manager = Управляющий
role-employee = Сотрудник

cabinet-forbidden-title = API-ключи видят только владелец и управляющие
cabinet-forbidden-text = В кабинете «{ $business }» вы сотрудник. Ключ действует от имени всего кабинета, поэтому создают и видят ключи только владелец и управляющие. Попросите их создать ключ для вас.

keys-title = API-ключи
keys-lead = С ключом программа работает с магазинами кабинета через API. Ключ принадлежит кабинету: он не перестанет работать, если кто-то сменит пароль или уволится.
keys-create = Создать ключ
keys-empty-title = В этом кабинете пока нет ключей
keys-empty-text = Если интегратор просит «ключ» или «токен для API», создайте его здесь: выберите доступы и передайте токен. Лучше завести для каждой программы свой ключ — тогда любой из них можно отключить, не задев остальные.
keys-count = { $count ->
    [one] { $count } ключ из { $max }
    [few] { $count } ключа из { $max }
   *[many] { $count } ключей из { $max }
  }
keys-full-title = В кабинете { $max } ключей, больше создать нельзя
keys-full-text = Чтобы создать ещё один, удалите тот, которым уже не пользуются. Подскажет столбец «Последний вызов».
keys-column-name = Название
keys-column-accesses = Доступы
keys-column-stores = Магазины
keys-column-networks = Откуда
keys-column-expires = Действует до
keys-column-used = Последний вызов
keys-column-actions = Действия
keys-stores-all = Все
keys-stores-count = { $count ->
    [one] { $count } магазин
    [few] { $count } магазина
   *[many] { $count } магазинов
  }
keys-networks-any = Отовсюду
keys-networks-count = { $count ->
    [one] { $count } сеть
    [few] { $count } сети
   *[many] { $count } сетей
  }
keys-expires-never = Бессрочно
keys-used-never = Не было
keys-more-accesses = и ещё { $count }
key-status-active = Работает
key-status-paused = На паузе
key-status-expired = Истёк
key-overlap = Прежний токен работает до
key-edit = Изменить
key-rotate = Новый токен
key-pause = Приостановить
key-resume = Возобновить
key-delete = Удалить
keys-paused-notice = Ключ «{ $name }» приостановлен: вызовы с ним отклоняются, пока вы его не возобновите.
keys-resumed-notice = Ключ «{ $name }» снова работает.
keys-edited-notice = Ключ «{ $name }» изменён. Изменения уже действуют.
keys-deleted-notice = Ключ удалён. Вызовы с ним отклоняются.

keys-oauth-title = Вызовы, которые ещё приходят с OAuth-токенами
keys-oauth-lead = Это устаревший способ: такой токен принадлежит человеку и перестаёт работать, если тот сменит пароль или уйдёт из команды. За последние 30 дней:
keys-oauth-column-application = Приложение
keys-oauth-column-calls = Вызовы
keys-oauth-none = За последние 30 дней таких вызовов не было.
keys-oauth-advice = Создайте для каждой из этих программ ключ и попросите разработчиков передавать его в заголовке Api-Key. На время перехода можно передавать оба заголовка сразу.

key-new-title = Новый ключ
key-edit-title = Изменить «{ $name }»
key-name = Название
key-name-hint = Для какой программы этот ключ? Название видят только вы и коллеги.
key-accesses = Что можно делать с ключом?
key-accesses-hint = Дайте только те доступы, которые нужны программе. Потом их можно изменить, токен останется прежним.
key-access-none = Нет
key-access-read = Просмотр
key-access-full = Управление
key-stores = В каких магазинах?
key-stores-all = Во всех магазинах
key-stores-all-hint = И в тех, которые вы откроете позже.
key-stores-some = Только в этих
key-stores-some-hint = Методы для всего кабинета будут такому ключу недоступны.
key-stores-search = Найти магазин
key-stores-search-action = Найти
key-stores-shown = Показаны { $shown } из { $total }. Остальные можно найти по названию или номеру.
key-stores-none = В кабинете пока нет магазинов.
key-expiry = До какого срока?
key-expiry-never = Пока его не удалят
key-expiry-days = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
  }
key-expiry-year = Год
key-expiry-date = До выбранного дня
key-expiry-date-label = Последний день
key-expiry-hint = Перед окончанием срока владелец и управляющие получат письмо.
key-networks = С каких адресов?
key-networks-hint = Необязательно. IP-адреса или сети серверов программы, по одному в строке, например 203.0.113.0/24. Если поле пустое — с любых.
key-summary-title = Коротко
key-summary-refresh = Обновить описание
key-summary-nothing = С ключом пока ничего нельзя сделать: выберите хотя бы один доступ.
key-summary = С этим ключом программа сможет { $accesses } { $stores }, { $networks }, { $expiry }.
key-summary-stores-all = во всех магазинах
key-summary-stores-none = в магазинах, которые вы ещё не выбрали
key-summary-stores-some = { $count ->
    [one] в { $count } магазине
   *[other] в { $count } магазинах
  }
key-summary-networks-any = с любого адреса
key-summary-networks-some = { $count ->
    [one] из { $count } сети
   *[other] из { $count } сетей
  }
key-summary-expiry-never = пока вы не удалите ключ
key-summary-expiry-date = по { $date }
key-create = Создать ключ
key-save = Сохранить изменения
key-edit-fixed = Магазины, адреса и срок остаются прежними: на них рассчитывает программа. Чтобы изменить их, создайте другой ключ.

key-error-name-taken = В кабинете уже есть ключ «{ $name }»: выберите другое название. Если вы только что его создали, он есть в списке; там же можно выпустить новый токен, если первый не сохранился.
key-error-accesses = Выберите хотя бы один доступ: с ключом без доступов ничего нельзя сделать.
key-error-stores = Выберите хотя бы один магазин или «Во всех магазинах».
key-error-stores-foreign = Среди выбранных есть магазин другого кабинета: выберите заново.
key-error-date = Укажите день в будущем.
key-error-network = «{ $network }» — не адрес и не сеть: укажите, например, 203.0.113.7 или 203.0.113.0/24.
key-error-too-many = В кабинете { $max } ключей, больше создать нельзя: удалите тот, которым уже не пользуются.
key-error-state = Состояние ключа успело измениться: посмотрите список ещё раз. Ничего не сделано.

key-created-title = Ключ «{ $name }» создан
key-rotated-title = У ключа «{ $name }» новый токен
key-token = Токен
key-token-file = api-key-{ $key }.txt
key-send-text = Программы передают его в заголовке Api-Key каждого запроса:
key-curl-label = Проверьте: что это за ключ?
key-rotated-until = Прежний токен работает до
key-rotated-at-once = Прежний токен больше не работает.
key-back = Перейти к ключам

key-rotate-title = Новый токен для ключа «{ $name }»
key-rotate-lead = Сам ключ останется: его название, доступы и магазины. Новый токен нужно передать программам.
key-rotate-overlap = Сколько ещё работает прежний токен
key-rotate-overlap-0 = Перестаёт работать сразу
key-rotate-overlap-0-hint = Если токен мог узнать кто-то посторонний.
key-rotate-overlap-days = { $days ->
    [one] Ещё { $days } день
    [few] Ещё { $days } дня
   *[many] Ещё { $days } дней
  }
key-rotate-overlap-hint = Чтобы хватило времени заменить токен во всех программах.
key-rotate-action = Выпустить новый токен
key-rotate-replayed = Пока форма была открыта, для ключа уже выпустили новый токен, поэтому ничего не изменилось. Прежде чем выпускать ещё один, посмотрите список.

key-delete-title = Удалить ключ «{ $name }»
key-delete-effect-stop = Программы, которые им пользуются, сразу получат отказ.
key-delete-effect-used = Последний вызов:
key-delete-effect-unused = Им ни разу не пользовались.
key-delete-effect-created = Создан
key-delete-effect-final = Вернуть ключ нельзя. Чтобы отключить его на время, приостановите его.
key-delete-type = Чтобы подтвердить удаление, введите название ключа: { $name }
key-delete-mistyped = Название другое: введите «{ $name }».
key-delete-action = Удалить ключ

# Доступы ключа: тема, что значит просмотр и управление, и слова для описания.
access-everything = Весь кабинет
access-everything-read = Просмотр всей информации в кабинете
access-everything-full = Полное управление кабинетом
access-everything-read-short = просматривать всю информацию в кабинете
access-everything-full-short = полностью управлять кабинетом
access-orders = Заказы и остатки
access-orders-read = Просмотр заказов, отгрузок и возвратов
access-orders-full = Обработка заказов и учёт товаров
access-orders-read-short = просматривать заказы
access-orders-full-short = обрабатывать заказы и вести учёт товаров
access-pricing = Цены
access-pricing-read = Просмотр цен
access-pricing-full = Просмотр и изменение цен
access-pricing-read-short = просматривать цены
access-pricing-full-short = просматривать и менять цены
access-offers = Товары и карточки
access-offers-read = Просмотр товаров и карточек
access-offers-full = Управление товарами и карточками
access-offers-read-short = просматривать товары и карточки
access-offers-full-short = управлять товарами и карточками
access-promotion = Продвижение
access-promotion-read = Просмотр акций, ставок и их результатов
access-promotion-full = Участие в акциях и управление ставками
access-promotion-read-short = просматривать продвижение
access-promotion-full-short = управлять продвижением
access-finance = Финансы
access-finance-read = Просмотр финансовой информации и отчётности
access-finance-read-short = просматривать финансовую информацию и отчётность
access-communication = Покупатели
access-communication-full = Ответы на отзывы, вопросы и сообщения в чатах
access-communication-full-short = общаться с покупателями
access-settings = Настройки магазинов
access-settings-full = Изменение настроек и пунктов выдачи магазинов
access-settings-full-short = настраивать магазины
access-supplies = Поставки на склад Маркета
access-supplies-read = Просмотр заявок на поставку FBY
access-supplies-read-short = просматривать заявки на поставку FBY
list-and = и
