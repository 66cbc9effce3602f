"""What German, Spanish and French speakers say about a handful of intents.

Written in each language for itself, not translated from the English patterns.
The notation is explained in `phrases`.
"""

GERMAN = {
    "reset_password": """
        * passwort vergessen
        * passwort zurücksetzen
        Wie kann ich mein Passwort [zurücksetzen|ändern]?
        [Ich habe mein|Hab mein] Passwort vergessen[, was nun|, was muss ich tun|]?
        Die Mail zum Zurücksetzen [kommt nicht an|ist nicht angekommen|landet nicht mal im Spam]
        Der Link [zum Zurücksetzen|aus der Mail] ist [abgelaufen|ungültig]
        Bitte schicken Sie mir einen [neuen Link|Link] für das Passwort
        Mein neues Passwort wird [nicht angenommen|immer abgelehnt]
        Wo finde ich [den Knopf|den Link] "Passwort vergessen"?
    """,
    "login_failed": """
        * anmeldung geht nicht
        * login geht nicht
        Ich kann mich [nicht mehr|seit heute nicht|seit dem Update nicht] [anmelden|einloggen]
        [Anmeldung|Login] mit [Google|Apple|Microsoft] [funktioniert nicht|schlägt fehl]
        Beim [Anmelden|Einloggen] kommt [immer|ständig] "[Zugangsdaten falsch|unbekannter Fehler]"
        Warum werde ich [ständig|immer wieder|jeden Tag] abgemeldet?
        Nach dem [Einloggen|Anmelden] lande ich wieder auf der [Startseite|Anmeldeseite]
        Komme nicht in [mein Konto|meinen Account] rein[, bitte um Hilfe|]
        [Passwort stimmt|Daten stimmen], trotzdem [kein Login möglich|komme ich nicht rein]
    """,
    "pricing": """
        * preise
        * was kostet das
        Was kostet [Inkwell|Pro|der Team-Tarif] [im Monat|pro Jahr|für {seats} Leute|]?
        Welche [Tarife|Preise|Abos] gibt es?
        Ist der Preis [pro Nutzer|inklusive Mehrwertsteuer|monatlich kündbar]?
        Wie viel [zahlen wir|würden wir zahlen] für {seats} [Mitarbeiter|Plätze]?
        Gibt es [ein günstigeres Abo|einen Tarif für Vereine|Jahrespreise]?
        Könnten Sie mir bitte ein Angebot für {seats} Nutzer schicken?
        [Preisliste|Kosten] für [das Team|Pro|die Agentur]?
        Warum ist [Pro|der Team-Tarif] teurer geworden?
        Gilt der Preis [mit Mehrwertsteuer|auch für Agenturen|für immer]?
    """,
    "cancel_subscription": """
        * abo kündigen
        * kündigen
        Wie kann ich [mein Abo|meinen Tarif|Pro] kündigen?
        Ich möchte [mein Abo|zum Monatsende|sofort] kündigen
        Wo [finde ich|ist] [der Kündigungsknopf|die Kündigung]?
        Habe [im {monat}|letzte Woche] gekündigt und [zahle immer noch|es wurde trotzdem verlängert]
        Welche Kündigungsfrist [gilt|habt ihr|gibt es]?
        Bitte [bestätigen Sie meine Kündigung|das Abo nicht verlängern]
        Kann ich das Abo [pausieren|nur aussetzen] statt kündigen?
    """,
    "payment_failed": """
        * zahlung fehlgeschlagen
        Meine [Zahlung|Kreditkarte] [wird abgelehnt|wurde abgelehnt|geht nicht durch]
        Warum [klappt|funktioniert] die Zahlung mit [PayPal|Visa|SEPA|Apple Pay] nicht?
        Kann man [per Rechnung|per Lastschrift|mit PayPal] zahlen? Die Karte [geht nicht|wird \
            abgelehnt]
        Wie [ändere|aktualisiere] ich [meine Kreditkarte|die Zahlungsart]?
        Beim Bezahlen [hängt die Seite|kommt eine Fehlermeldung|bleibt alles weiß]
        Laut Bank ist alles ok, [bei euch|hier] steht aber "Zahlung fehlgeschlagen"
    """,
    "gdpr": """
        * dsgvo
        * datenschutz
        Ist Inkwell DSGVO-konform?
        Wo [werden|sind] [meine|unsere] Daten gespeichert[, in der EU| und wer hat Zugriff|]?
        Wir [brauchen|benötigen] einen [AV-Vertrag|Auftragsverarbeitungsvertrag]
        Unser Datenschutzbeauftragter [braucht|möchte|verlangt] [den AVV|eine Liste der \
            Unterauftragnehmer|die TOMs]
        Stehen die Server in [Deutschland|der EU|den USA]?
        Ich [möchte|hätte gern] Auskunft über [meine gespeicherten Daten|alle Daten, die Sie von \
            mir \
            haben]
        Werden [Kundendaten|personenbezogene Daten|unsere Texte] [in die USA übertragen \
            |verschlüsselt]?
        Darf ich [hier|bei euch] Kundendaten eingeben? Stichwort Datenschutz
        Wie lange speichert ihr [Protokolle|IP-Adressen|meine Daten]?
        avv [vertrag|zum unterschreiben] wo?
    """,
    "ai_training": """
        Werden [meine Texte|unsere Dokumente|meine Eingaben] [zum Training|für KI-Training] \
            [genutzt \
            |verwendet]?
        Wie [schalte ich das KI-Training mit meinen Daten ab|kann ich das KI-Training mit meinen \
            Daten [ausschalten|verhindern]]?
        [Lernt die KI aus|Trainiert ihr die KI mit] [meinen Texten|unseren Daten|Kundendaten]?
        Ich [will nicht|möchte nicht], dass meine Texte für KI-Training genutzt werden
        Wer kann [lesen, was ich hier schreibe|meine Eingaben sehen]? [Auch OpenAI|Eure \
            Mitarbeiter|]
        Sind [vertrauliche Texte|Mandantendaten|interne Dokumente] hier sicher vor dem KI-Training?
    """,
    "delete_account": """
        * konto löschen
        * account löschen
        Wie [lösche ich mein Konto [und alle Daten|dauerhaft|endgültig]|kann ich mein Konto \
            löschen]?
        Bitte löschen Sie [mein Konto|alle meine Daten|meinen Account] [nach Art. 17 DSGVO \
            |umgehend|]
        Was passiert mit meinen [Daten|Dokumenten], wenn ich das Konto lösche?
        Ich möchte, dass [alle meine Daten|mein Konto und alle Texte] gelöscht werden
        Konto [gelöscht|entfernt], bekomme aber [immer noch|weiter] Mails
    """,
    "blog_post": """
        [Schreib|Schreibe] [mir |][einen Blogartikel|einen Blogbeitrag] über {thema}
        Ich brauche einen [Artikel|Blogbeitrag] über {thema}, [etwa {words} Wörter|nicht zu lang]
        Blogbeitrag zum Thema {thema}[, locker geschrieben|, bitte mit Zwischenüberschriften|]
        Kannst du [einen Artikel|einen Blogtext] über {thema} [schreiben|entwerfen]?
        Gliederung für einen Blogartikel über {thema}
        Ein Beitrag für unseren Firmenblog über {thema}[ bitte|]
    """,
    "translate": """
        * übersetzen
        [Übersetze|Übersetz] [das|den Text|es] [bitte |]ins [Englische|Französische|Italienische]
        Kannst du [das|den Text] [auf Englisch|auf Spanisch] übersetzen?
        Und jetzt [auf Englisch|auf Französisch|ins Polnische]
        Ich brauche den Text [auch|noch] auf [Englisch|Türkisch|Niederländisch]
        Die [englische|französische] Übersetzung klingt [komisch|zu wörtlich|nach Maschine]
        Bitte alles [ins Englische|ins Spanische] übertragen, nur nicht die Produktnamen
        In welche Sprachen kannst du übersetzen?
    """,
    "contact_support": """
        * support
        * kontakt
        Ich möchte mit einem [Menschen|Mitarbeiter] sprechen
        Wie erreiche ich den [Support|Kundenservice]?
        [Gibt es|Habt ihr] eine [Telefonnummer|Hotline|Mailadresse]?
        Ich warte seit {seats} Stunden auf eine Antwort vom Support
        Bitte verbinden Sie mich mit [einem Mitarbeiter|jemandem vom Support|einem Menschen]
        Kann mich bitte jemand [anrufen|zurückrufen]?
        [Mein Ticket|Meine Anfrage] [#{ticket} |]ist immer noch offen
        Dein Chatbot [hilft mir nicht|versteht mich nicht], ich brauche einen Menschen
    """,
}

SPANISH = {
    "reset_password": """
        * olvidé mi contraseña
        * restablecer contraseña
        ¿Cómo [puedo restablecer|cambio|restablezco] mi contraseña?
        [Olvidé|He olvidado|No recuerdo] [mi|la] contraseña
        El [correo|enlace] para restablecer la contraseña [no llega|no me ha llegado|ha caducado]
        ¿Me [pueden|podéis] enviar otro enlace para [cambiar|restablecer] la contraseña?
        No acepta mi nueva contraseña[, dice que es débil|]
        ¿Dónde está el botón de "olvidé mi contraseña"?
        Llevo [dos|tres] días intentando cambiar la contraseña[ y nada| sin suerte|]
        ¿Cuánto [dura|tarda en caducar] el enlace de la contraseña?
    """,
    "pricing": """
        * precios
        * cuánto cuesta
        ¿Cuánto [cuesta|vale] [el plan Pro|Inkwell|el plan Team] [al mes|al año|para {seats} \
            personas|]?
        ¿Qué [planes|precios|tarifas] [tienen|hay]?
        ¿El precio [incluye IVA|es por usuario|es mensual o anual]?
        Quisiera un presupuesto para {seats} [usuarios|licencias]
        ¿Sale más barato [pagar el año entero|el plan anual]?
        ¿Por qué [ha subido|subió] el precio [del plan Pro|este año]?
        ¿Hay un precio para [autónomos|agencias|equipos pequeños]?
        No encuentro los precios en la web
    """,
    "cancel_subscription": """
        * cancelar suscripción
        ¿Cómo [cancelo|puedo cancelar|doy de baja] [mi suscripción|el plan|la suscripción]?
        Quiero [cancelar|darme de baja] [antes de la renovación|hoy mismo|]
        Cancelé [en {mes}|la semana pasada] y me [siguen cobrando|han vuelto a cobrar]
        ¿Puedo [pausar|congelar] la suscripción [un par de meses|en verano]?
        ¿Dónde está el botón para cancelar [el plan|la suscripción]?
        Ya no lo uso, quiero [cancelar el plan|dejar de pagar]
        Si cancelo hoy, ¿[pierdo mis documentos|puedo usarlo hasta fin de mes]?
        Desactiven la renovación automática, por favor
    """,
    "payment_failed": """
        * pago rechazado
        [Mi tarjeta fue rechazada|Mi pago no pasa|El pago sale rechazado][ otra vez|]
        ¿Por qué [no pasa|falla] el pago con [PayPal|mi tarjeta|Apple Pay]?
        ¿[Cómo|Dónde] [cambio|actualizo] la tarjeta [con la que pago|de crédito]?
        El banco dice que está bien, pero [aquí|Inkwell] [da error de pago|rechaza la tarjeta]
        Me sale "pago rechazado" [al pagar con el móvil|todo el tiempo|con dos tarjetas]
        ¿Puedo pagar por [transferencia|PayPal|domiciliación]? La tarjeta no pasa
        La página de pago [se queda en blanco|no carga|se cierra]
    """,
    "blog_post": """
        Escribe [un artículo|una entrada de blog|un post] sobre {tema}
        Necesito un artículo [de {words} palabras |]sobre {tema}
        [Ayúdame a|Quiero] escribir una entrada para [el blog|nuestro blog] sobre {tema}
        Un post sobre {tema}, [tono cercano|con subtítulos|no muy largo]
        Dame un esquema para un artículo sobre {tema}
        [Escríbeme|Redacta] la introducción de un artículo sobre {tema}
        Artículo de {words} palabras sobre {tema} para [mi web|el blog de la empresa]
        Ideas de artículos sobre {tema}
    """,
    "contact_support": """
        * soporte
        Quiero hablar con [una persona|alguien|un agente]
        ¿Hay un [teléfono|correo|chat] de [soporte|atención al cliente]?
        Nadie [responde|contesta] a mis correos
        ¿Cómo [contacto|hablo] con [el soporte|atención al cliente]?
        Llevo [dos|tres|cuatro] días esperando respuesta del soporte
        [Pásame|Comuníquenme] con una persona, por favor
        Este bot no me [ayuda|entiende], quiero una persona
    """,
}

FRENCH = {
    "reset_password": """
        * mot de passe oublié
        * réinitialiser mot de passe
        Comment [réinitialiser|changer] mon mot de passe ?
        J'ai [oublié|perdu] mon mot de passe
        Je ne reçois pas [le mail|le lien|l'e-mail] de réinitialisation
        Le lien pour changer le mot de passe [a expiré|ne marche pas|n'est plus valable]
        Pouvez-vous me renvoyer un lien pour [le|mon] mot de passe ?
        Où est le bouton "mot de passe oublié" ?
        Mon nouveau mot de passe est [refusé|trop faible, paraît-il|rejeté]
        Ça fait [deux|trois] jours que j'essaie de changer mon mot de passe
    """,
    "pricing": """
        * tarifs
        * combien ça coûte
        Combien coûte [Inkwell|l'offre Pro|l'abonnement Team] [par mois|par an|pour {seats} \
            personnes|] ?
        Quels sont vos [tarifs|prix|abonnements] ?
        Le prix est-il [par utilisateur|hors taxes|le même à l'année] ?
        Je voudrais un devis pour {seats} [utilisateurs|licences]
        C'est moins cher [à l'année|pour une association] ?
        Pourquoi le prix a-t-il augmenté[ cette année| depuis le mois dernier|] ?
        Y a-t-il un tarif pour [les agences|les indépendants|une petite équipe] ?
        Je ne trouve pas [les prix|vos tarifs] sur le site
    """,
    "cancel_subscription": """
        * résilier
        * résilier mon abonnement
        Comment [résilier|annuler|arrêter] [mon abonnement|l'abonnement] ?
        Je [veux|souhaite] résilier [avant le renouvellement|à la fin du mois|tout de suite]
        J'ai résilié [en {mois}|la semaine dernière] et je suis [encore|toujours] prélevé
        Peut-on [suspendre|mettre en pause] l'abonnement ?
        Où est le bouton pour résilier [l'abonnement|mon offre] ?
        Je ne m'en sers plus, [arrêtez l'abonnement|je veux arrêter de payer]
        Si je résilie [aujourd'hui|maintenant], est-ce que je garde mes documents ?
        Désactivez le renouvellement automatique, s'il vous plaît
    """,
    "payment_failed": """
        * paiement refusé
        Mon paiement [est refusé|ne passe pas|échoue][ encore|]
        Pourquoi ma carte est-elle [refusée|rejetée] ?
        Comment [changer|mettre à jour] [ma carte bancaire|le moyen de paiement] ?
        Ma banque dit que tout va bien, mais [le paiement est refusé|ça ne passe pas]
        "Paiement refusé" [avec deux cartes|depuis ce matin|sur mon téléphone], pourquoi ?
        Peut-on payer par [virement|PayPal|prélèvement] ? Ma carte ne passe pas
        La page de paiement [reste blanche|ne charge pas|plante]
    """,
    "blog_post": """
        [Écris|Rédige] [un article de blog|un billet de blog|un article] sur {sujet}
        Il me faut un article [de {words} mots |]sur {sujet}
        [Tu peux|Peux-tu] [écrire|rédiger] un billet pour notre blog sur {sujet} ?
        Un plan d'article sur {sujet}[, s'il te plaît|]
        Article de blog : {sujet}, [ton décontracté|avec des sous-titres|pour débutants]
        [Écris|Rédige] l'introduction d'un article sur {sujet}
        Article de {words} mots sur {sujet} pour [mon site|le blog de l'entreprise]
        Des idées d'articles sur {sujet}
    """,
    "contact_support": """
        * support
        Je veux parler à [un humain|quelqu'un|un conseiller]
        Comment [contacter|joindre] [le support|le service client] ?
        Avez-vous un numéro de téléphone ?
        Personne ne répond à [mes mails|ma demande]
        J'attends une réponse du support depuis [deux|trois|quatre] jours
        Passez-moi [quelqu'un|un conseiller], s'il vous plaît
        Ce robot ne [m'aide pas|me comprend pas], je veux un humain
    """,
}

ABROAD = {"de": GERMAN, "es": SPANISH, "fr": FRENCH}

# tables, many entries a line
# fmt: off
SLOTS_ABROAD: dict[str, tuple[str, ...]] = {
    "monat": ("Januar", "März", "Mai", "Juli", "September", "November"),
    "mes": ("enero", "marzo", "mayo", "julio", "septiembre", "noviembre"),
    "mois": ("janvier", "mars", "mai", "juillet", "septembre", "novembre"),
    "thema": (
        "Wärmepumpen", "Urlaub mit Kindern", "Nachhaltigkeit im Büro", "Sauerteigbrot",
        "KI im Alltag", "Homeoffice", "Schlafhygiene", "Balkonkraftwerke",
        "Onboarding neuer Kollegen", "Steuertipps für Selbstständige", "Lastenräder",
    ),
    "tema": (
        "la cocina de temporada", "viajar barato en invierno", "la inteligencia artificial",
        "huertos urbanos", "dormir mejor", "el teletrabajo", "energía solar en casa",
        "cómo contratar al primer empleado", "educar perros",
    ),
    "sujet": (
        "le télétravail", "la cuisine de saison", "l'intelligence artificielle à l'école",
        "les voyages en train", "le jardinage en ville", "le sommeil", "les vélos cargo",
        "la gestion du temps", "le gaspillage alimentaire",
    ),
}
# fmt: on
