# Приложения человека: список, формы, страница одного приложения.

# Общее для форм.
number = { $number }
name-error-empty = Укажите название.
name-error-too-long = Название слишком длинное: не больше { $max } символов.
name-error-unprintable = В названии есть невидимый символ { $code }: удалите его.

# Страницы.
applications-title = Приложения
applications-lead = Программы, которые запрашивают доступ к магазинам. Одного приложения хватит на все магазины и кабинеты.
applications-create = Создать приложение
applications-empty-title = У вас пока нет приложений
applications-empty-text = Приложение запрашивает токен, который открывает всё, что доступно человеку. Если нужен только ключ к своим магазинам, создайте API-ключ: приложение для него не требуется, и через год он не истечёт.
applications-empty-keys = Перейти к API-ключам
applications-column-name = Название
applications-column-client-id = ClientID
applications-column-rights = Доступ к данным
applications-column-created = Создано

application-new-title = Новое приложение
application-new-lead = Для программ, в которые люди входят и которым разрешают доступ к своим магазинам.
application-new-to-api = Только для себя или для отладки? Есть короткая форма
application-new-api-title = Новое приложение для доступа к API
application-new-api-lead = Чтобы получить токен самостоятельно и скопировать его со страницы.
application-new-to-id = Нужен свой Redirect URI? Заполните полную форму
application-edit-title = Изменить «{ $name }»
application-edit-action = Сохранить изменения

application-name = Название вашего сервиса
application-name-hint = Его увидят люди, когда приложение запросит доступ. Если приложений много, укажите название бизнеса.
application-icon = Иконка
application-icon-hint = Необязательно. PNG, JPEG, WebP или GIF, не больше 1 МБ.
application-icon-remove = Убрать иконку
application-icon-again = Браузер не запоминает выбранный файл: выберите иконку ещё раз.
application-platform = Платформа
application-platform-web = Веб-сервисы
application-platform-web-hint = Сайты и программы, которые открывают страницу в браузере.
application-redirect = Redirect URI
application-redirect-nth = Redirect URI { $number }
application-redirect-hint = Куда браузер передаст токен или код. Чтобы получить токен вручную, укажите страницу этого сервера:
application-redirect-debug = Подставить URL для отладки
application-redirect-add = Добавить ещё один Redirect URI
application-redirect-remove = Удалить Redirect URI { $number }
application-redirect-remove-short = Удалить
application-redirect-fixed = Ответ придёт на страницу { $uri }, где токен можно скопировать.
application-rights = Доступ к данным
application-rights-hint = Введите название или код доступа, например market:partner-api, и выберите его в списке.
application-rights-search = Найти
application-rights-found = { $count ->
    [one] Найден { $count } доступ
    [few] Найдено { $count } доступа
   *[many] Найдено { $count } доступов
  }
application-rights-none-found = По запросу «{ $query }» ничего не нашлось. Очистите поле и повторите поиск, чтобы увидеть все доступы.
application-rights-chosen = Выбранные доступы
application-email = Почта для связи
application-email-hint = Её увидят люди, когда приложение запросит доступ, и напишут на неё.
application-rights-warning = Если добавить или убрать доступ, все токены, когда-либо выданные приложению, сразу перестанут работать. Доступ придётся разрешать заново.

application-error-name-taken = У вас уже есть приложение «{ $name }»: выберите другое название. Если вы только что его создали, оно есть в списке.
application-error-platform = Выберите платформу: сейчас это только «Веб-сервисы».
application-error-redirect-missing = Укажите хотя бы один Redirect URI или нажмите «Подставить URL для отладки».
application-error-redirect-twice = Этот Redirect URI указан дважды: удалите один из них.
application-error-redirect-too-many = У приложения может быть не больше { $max } Redirect URI: удалите лишние.
application-error-redirect-unreadable = Это не полный адрес: укажите адрес вида https://example.org/callback латинскими буквами.
application-error-redirect-too-long = Адрес слишком длинный: принимается не больше 2000 символов.
application-error-redirect-fragment = Удалите # и всё, что после него: туда подставляется ответ.
application-error-redirect-user-info = Удалите имя пользователя и всё до знака @: такой адрес может ввести людей в заблуждение.
application-error-redirect-scheme = Такие адреса не принимаются: используйте https, http для этого компьютера или схему своего приложения.
application-error-redirect-unencrypted = Токен ушёл бы без шифрования: используйте https. Без него можно только для localhost, 127.0.0.1 и [::1].
application-error-redirect-path = Путь можно прочитать по-разному (точки, двойные или закодированные косые черты): укажите адрес так, как его показывает браузер.
application-error-redirect-host = Укажите имя сайта строчными латинскими буквами, цифрами, дефисами и точками, например xn--e1afmkfd.xn--p1ai.
application-error-rights-missing = Выберите хотя бы один доступ: без него приложению нечего запрашивать.
application-error-rights-groups = Приложение может запрашивать доступы не больше чем { $max } групп: уберите лишние.
application-error-rights-login = Приложение для доступа к API не может запрашивать личные данные: уберите доступы группы «Личные данные».
application-error-email = Укажите адрес почты, например shop@example.org.
application-error-icon = Иконку не удалось прочитать: выберите PNG, JPEG, WebP или GIF не больше 1 МБ.
application-error-icon-size = Иконка больше 1 МБ: выберите файл поменьше.

application-created-title = Приложение «{ $name }» создано
application-created-lead = Вот его ClientID и секретный ключ. Ключ показывается один раз.
application-secret = Секретный ключ (Client secret)
application-secret-unneeded = Чтобы получить токен по ссылке ниже, секретный ключ не нужен. Он понадобится программам, которые обменивают код на токен.
application-secret-file = client-secret-{ $client }.txt
application-to-page = Перейти к приложению
application-client-id = ClientID
application-get-token-title = Получить токен
application-get-token-text = Откройте ссылку, войдите в аккаунт, у которого есть доступ к магазинам, и подтвердите вход. Токен действует год.
application-get-token-link = Ссылка для получения токена
application-get-token-impossible = Ссылка с response_type=token работает только у приложений, единственный Redirect URI которых — страница с токеном.
application-old-way = Это устаревший способ. API-ключ принадлежит кабинету, а не сотруднику, даёт только выбранные доступы и не истекает через год.
application-old-way-link = Создать API-ключ
application-details-title = Настройки
application-lifetime = Срок жизни токена
application-lifetime-days = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
  }
application-lifetime-year = Год
application-created = Создано
application-kind = Тип
application-kind-id = Для входа пользователей
application-kind-api = Для доступа к API или отладки
application-calls = Вызовы за последние 30 дней
application-calls-none = Не было
application-edit = Изменить
application-secret-renewal-title = Секретный ключ
application-secret-renewal-text = Им программы подтверждают, что они и есть это приложение. Ключ показывается только при выпуске.
application-secret-overlap = Прежний ключ работает до
application-secret-absent = Это публичное приложение: у него нет секретного ключа.
application-renew = Выпустить новый ключ
application-danger-title = Удаление приложения
application-danger-text = Все токены приложения сразу перестанут работать, и разрешить ему доступ снова будет нельзя.
application-delete = Удалить приложение

application-renew-title = Новый секретный ключ для «{ $name }»
application-renew-lead = Его нужно передать всем программам, где указан прежний ключ. Уже выданные токены продолжат работать.
application-renew-overlap = Сколько ещё работает прежний ключ
application-renew-overlap-0 = Перестаёт работать сразу
application-renew-overlap-0-hint = Если ключ мог узнать кто-то посторонний.
application-renew-overlap-days = { $days ->
    [one] Ещё { $days } день
    [few] Ещё { $days } дня
   *[many] Ещё { $days } дней
  }
application-renew-replayed = Пока форма была открыта, ключ уже выпустили заново, поэтому ничего не изменилось. Прежде чем выпускать ещё один, посмотрите страницу приложения.
application-renewed-title = У приложения «{ $name }» новый секретный ключ
application-renewed-until = Прежний ключ работает до
application-renewed-at-once = Прежний ключ больше не работает.

application-delete-title = Удалить «{ $name }»
application-delete-effect-tokens = Все токены, выданные приложению, сразу перестанут работать.
application-delete-effect-calls = { $count ->
    [0] За последние 30 дней с его токенами не было ни одного вызова.
    [one] За последние 30 дней с его токенами пришёл { $count } вызов.
    [few] За последние 30 дней с его токенами пришло { $count } вызова.
   *[many] За последние 30 дней с его токенами пришло { $count } вызовов.
  }
application-delete-effect-final = Вернуть приложение нельзя: у нового будет другой ClientID.
application-delete-type = Чтобы подтвердить удаление, введите название приложения: { $name }
application-delete-mistyped = Название другое: введите «{ $name }».

# Что можно разрешить приложению: группа, доступ и фраза для того, у кого спрашивают.
scope-group-market = API Яндекс.Маркета
scope-group-login = Личные данные
scope-market-partner-api = Поиск товаров для партнёров
scope-market-partner-api-sentence = Просматривать и изменять через API всё, что доступно вам в кабинетах: товары, цены, заказы, отчёты, настройки
scope-login-info = Логин, имя и фамилия, пол
scope-login-info-sentence = Узнать ваш логин, имя, фамилию и пол
scope-login-email = Адрес электронной почты
scope-login-email-sentence = Узнать ваш адрес электронной почты
scope-login-avatar = Портрет
scope-login-avatar-sentence = Увидеть ваш портрет
scope-login-birthday = Дата рождения
scope-login-birthday-sentence = Узнать вашу дату рождения
scope-login-default-phone = Номер телефона
scope-login-default-phone-sentence = Узнать ваш номер телефона
