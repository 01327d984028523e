# Pages for what went wrong.

error-home = Go to the start page
error-not-found = This page does not exist
error-not-found-why = The address may be mistyped, or what stood here was removed.
error-forbidden = You do not have access to this page
error-forbidden-why = Your role does not include it. The owner of the cabinet can change that.
error-foreign-form = The form did not come from this site
error-foreign-form-why = Nothing was changed. Open { $address } and fill in the form there.
error-form-over = The form is out of date
error-form-over-why = Nothing was changed. Go back, reload the page and send the form again; cookies must be allowed.
error-unreadable = The form could not be read
error-unreadable-why = Something in it is missing or damaged. Go back, reload the page and try again.
error-internal = Something broke on our side
error-internal-why = The failure is in our log. Try again in a minute; if it stays, tell whoever runs this service when it happened.
