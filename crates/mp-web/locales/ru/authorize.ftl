# Страница согласия, отказы и страница, где показан токен или код.

consent-title = Разрешить доступ приложению «{ $name }»?
consent-from = От { $owner } · { $email }
consent-account = Вы вошли как { $account }
consent-other-account = Другой аккаунт
consent-rights = Приложение сможет
consent-reach = В этих кабинетах и магазинах
consent-reach-none = Вы пока не сотрудник ни одного кабинета: до тех пор токен ничего не откроет.
consent-reach-no-stores = магазинов пока нет
consent-reach-more-stores = { $count ->
    [one] и ещё { $count } магазин
    [few] и ещё { $count } магазина
   *[many] и ещё { $count } магазинов
  }
consent-reach-more-cabinets = { $count ->
    [one] и ещё { $count } кабинет
    [few] и ещё { $count } кабинета
   *[many] и ещё { $count } кабинетов
  }
consent-reach-later = Если вам откроют новые кабинеты и магазины, доступ появится и к ним, а если закроют — пропадёт.
consent-duration-year = Разрешение действует год.
consent-duration-days = { $days ->
    [one] Разрешение действует { $days } день.
    [few] Разрешение действует { $days } дня.
   *[many] Разрешение действует { $days } дней.
  }
consent-end = Отозвать его можно в любой момент на странице
consent-end-link = «Подключённые приложения»
consent-allow = Разрешить доступ
consent-deny = Отказать
consent-destination = Ответ придёт на { $destination }.
consent-destination-here = Токен появится на экране, его можно будет скопировать.
consent-old-way-title = Это устаревший способ
consent-old-way = API-ключ принадлежит кабинету, даёт только выбранные доступы и не истекает через год.
consent-old-way-link = Создать API-ключ

consent-over-title = Этот запрос уже неактуален
consent-over-text = На него уже ответили, прошло больше десяти минут или он относится к другому входу. Ничего не изменилось. Чтобы начать заново, ещё раз откройте ссылку приложения.
consent-over-applications = Посмотреть подключённые приложения

authorize-refused-title = На запрос приложения нельзя ответить
authorize-unknown-client = Неизвестное приложение: Unknown client with such client_id
authorize-unknown-client-text = Приложения с ClientID «{ $client }» нет. Сверьте его со страницей вашего приложения: это 32 знака, цифры и буквы от a до f. Удалённым приложением пользоваться нельзя.
authorize-unknown-client-missing = В ссылке нет client_id. Добавьте ClientID со страницы вашего приложения.
authorize-foreign-redirect = redirect_uri не совпадает с Callback URL, указанным при регистрации приложения
authorize-foreign-redirect-text = Ради вашей безопасности мы ничего не отправляем на адреса, которые приложение «{ $name }» не зарегистрировало. Адреса сравниваются буква в букву, вместе с параметрами и последней косой чертой.
authorize-foreign-redirect-asked = Запрошен
authorize-foreign-redirect-registered = Зарегистрированы
authorize-foreign-redirect-owner = Это ваше приложение? Добавьте адрес на его странице или уберите redirect_uri из ссылки.
authorize-foreign-redirect-edit = Изменить Redirect URI
authorize-invalid-request = Ссылка составлена с ошибкой
authorize-invalid-request-text = Её должна исправить программа, которая её составила: { $problem }.
onward-title = Переходим в приложение
onward-text = Сейчас откроется { $destination }. Если ничего не происходит, нажмите кнопку.
onward-go = Перейти в приложение
authorize-refused-contact = Если вас привёл сюда сайт или программа, сообщите разработчикам: { $email }.

code-title-token = Ваш токен
code-title-code = Код подтверждения
code-title-error = Доступ не выдан
code-title-nothing = Здесь пока ничего нет
code-token-lead = Скопируйте его сейчас и храните как пароль: с ним кто угодно сможет работать в ваших магазинах от вашего имени.
code-token-label = Токен
code-token-expires = Действует до
code-token-removed = Мы убрали токен из адресной строки. Если уйти с этой страницы, он пропадёт с экрана; по той же ссылке вы получите его снова.
code-send-title = Как его передавать
code-send-text = В заголовке каждого запроса к API:
code-header-label = Заголовок
code-curl-label = Проверьте: список ваших магазинов
code-code-lead = Введите его в программе, которая его запросила. Код работает один раз, в течение десяти минут.
code-code-label = Код
code-error-access-denied = Вы отказали в доступе. Приложение ничего не получило, ничего не изменилось.
code-error-unauthorized-client = Приложению нельзя получать токены таким способом. Изменить это может его владелец.
code-error-invalid-scope = Приложение запросило доступ, которого нет в его настройках. Сообщите об этом разработчикам.
code-error-other = Запрос приложения отклонён: ссылка составлена с ошибкой. Сообщите об этом разработчикам.
code-nothing-text = Здесь показывается токен или код после того, как вы разрешите доступ приложению. Чтобы получить его, откройте ссылку на странице своего приложения.
code-nothing-applications = Перейти к приложениям
code-no-script-title = Токен находится в адресной строке
code-no-script-text = В браузере отключены скрипты, поэтому страница не может прочитать токен сама. Он стоит в адресной строке между «access_token=» и следующим знаком «&». Скопируйте только эту часть. Если в адресе есть «error=», доступ не выдан.
code-no-script-history = После этого удалите страницу из истории браузера: иначе токен останется в ней.
code-old-way = В следующий раз создайте API-ключ: он принадлежит кабинету, даёт только выбранные доступы и не истекает через год.
code-old-way-link = Перейти к API-ключам
