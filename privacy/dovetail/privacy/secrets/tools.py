"""Passwords and keys on the command lines of programs that keep secrets, log in or hash: what they are given by an
argument, as `NAME=VALUE`, or by a pipe."""

from __future__ import annotations

from .placing import ARG, is_own, is_password, is_strong, place

_OPTION = r"[ \t]{1,4}(?:-{1,2}[\w\-]{1,32}(?:[ =][^\s\-|;&][^\s|;&]{0,128})?[ \t]{1,4}){0,6}"
"""The options between a program and its argument."""
_PIPED = (
    r"\b(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?(?:[\"']%s(?:\\n)?[\"'][ \t]{1,4})?[\"']?"
    r"([^\s\"'|$\n]{4,256})[\"']?␣\|␣(?:sudo[ \t]+)?"
)
_NAMED = (
    r"[ \t][\"']?(?!(?:user|login|host|port|e?mail|name|region|env|url)(?:_?name)?=)[\w.\-/]{1,64}="
    r"[\"']?([^\s\"'$|;&<>@]{4,256})"
)
"""`NAME=VALUE` as an argument, unless the name says that it is none."""

TOOLS = (
    # Options of commands
    place(
        "mysql·mariadb·sshpass·mongo·7z·zip",
        r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|mongo|mongosh|7z|zip)\b[^|;&\n]{0,200}?"
        r"[ \t](?-i:-p)[\"']?([^\s\"'$]{4,64})",
        is_own,
    ),
    place("mysqladmin", rf"\bmysqladmin\b[^|;&\n]{{0,200}}?[ \t]password[ \t]{ARG}", is_own),
    place(
        "docker·podman·sshpass·mongo·az ·twine·oc ·cf ·rdesktop·helm·nerdctl·buildah·rabbitmqadmin·ipmitool",
        r"\b(?:sshpass|docker|podman|nerdctl|buildah|mongo|mongosh|mongodump|mongorestore|az"
        r"|twine|oc|cf|rdesktop|helm|"
        rf"rabbitmqadmin|ipmitool)\b(?![ \t-]{{1,4}}compose\b)[^|;&\n]{{0,200}}?[ \t]-p[ \t=]{{1,4}}"
        rf"(?![\d.:\[\]\-]{{0,40}}\d:\d){ARG}",
    ),
    place(
        "redis-cli·openssl·gpg·htpasswd·7z·zip",
        r"\b(?:redis-cli|openssl|gpg|htpasswd|7z|unzip|zip)\b[^|;&\n]{0,200}?[ \t]-{1,2}(?-i:p|a"
        r"|k|pass)[ \t=]{1,4}(?:pass:)?"
        rf"{ARG}",
    ),
    place("zip ·zipcloak", rf"\b(?:un)?zip(?:cloak)?[ \t][^|;&\n]{{0,200}}?(?<=[ \t])(?-i:-P)␣{ARG}"),
    place(
        "sqlcmd·bcp ·osql·isql",
        rf"\b(?:sqlcmd|bcp|osql|isql)[\"']?[ \t][^|;&\n]{{0,200}}?(?<=[ \t])(?-i:-P)␣{ARG}",
        is_own,
    ),
    place("ssh-keygen", rf"\bssh-keygen\b[^|;&\n]{{0,200}}?[ \t]-[NP]␣{ARG}", is_own),
    place(
        "keytool·jarsigner·apksigner",
        rf"[ \t]-{{1,2}}(?:(?:src|dest|new)?(?:store|key)pass|(?:ks|key)-pass)[ \t]{{1,4}}(?:pass:)?{ARG}",
        is_own,
    ),
    place(
        "htpasswd",
        rf"\bhtpasswd[ \t]+-\w{{0,4}}b[^|;&\n]{{0,200}}?[ \t][\w.@\-]{{1,64}}[ \t]{ARG}[\"']?"
        rf"[ \t]*(?:[|;&>\r\n]|\Z)",
    ),
    place(
        "useradd·usermod",
        rf"\buser(?:add|mod)\b[^|;&\n]{{0,200}}?[ \t](?:-p|--password)[ \t=]{ARG}",
        is_own,
    ),
    place("net user", rf"\bnet[ \t]+user[ \t]+(?:/add[ \t]+)?[\w.\-]{{1,64}}[ \t]+(?!/){ARG}"),
    place("net use", rf"\bnet[ \t]+use\b[^\n]{{0,200}}?/user:[^\s/]{{1,64}}[ \t]+(?!/){ARG}"),
    place("net use", rf"\bnet[ \t]+use[ \t]+\\\\\S{{1,200}}[ \t]+(?![/*]){ARG}"),
    place(
        "ldap", rf"\bldap(?:search|modify|add|delete|passwd|whoami)\b[^|;&\n]{{0,200}}?[ \t]-w␣{ARG}", is_own
    ),
    place(
        "mosquitto·ipmitool·pg_·snmpwalk",
        rf"\b(?:mosquitto_(?:pub|sub|rr)|ipmitool)\b[^|;&\n]{{0,200}}?(?<=[ \t])(?-i:-P)␣{ARG}",
        is_own,
    ),
    place("auth ", rf"\A[ \t]*(?-i:AUTH)[ \t]+(?:\w{{1,32}}[ \t]+)?{ARG}[\"']?[ \t]*[\r\n]*\Z"),
    place(
        ":5432:·:5433:·:6432:·:*:",
        r"\A[a-z*][\w.*\-]{0,128}:(?:\d{2,5}|\*):[a-z_*][\w\-]{0,64}:[a-z_*][\w.\-]{0,64}:"
        r"([^\s:\"'(){}]{5,128})"
        r"[ \t]*[\r\n]*\Z",
    ),
    place(
        " * ·\t*\t",
        r"\A[ \t]*[\"']?[\w.@\\\-]{1,64}[\"']?[ \t]+\*[ \t]+[\"']?([^\s\"'*]{4,128})[\"']?[ \t]+\*"
        r"[ \t]*[\r\n]*\Z",
    ),
    place(
        "{ssha·{sha·{crypt·{smd5·{pbkdf2",
        r"\{(?:s?sha\d{0,3}|crypt|smd5|pbkdf2\w{0,12})\}([A-Za-z0-9+/=$.,]{16,256})",
        is_own,
    ),
    place("vault login", rf"\bvault[ \t]+login[ \t]+(?:token=)?(?![-\w]{{0,12}}=){ARG}"),
    place(
        "smbclient·rpcclient·net rpc·smbget·winexe·nmblookup",
        rf"[ \t](?:-U|--user)[ =]?[\"']?[^\s%\"']{{1,64}}%{ARG}",
        is_own,
    ),
    place("freerdp", rf"freerdp\d?\b[^|;&\n]{{0,200}}?[ \t]/p:{ARG}", is_own),
    place("lftp", rf"\blftp\b[^|;&\n]{{0,200}}?[ \t]-u␣[\"']?[^\s,\"']{{1,64}},{ARG}", is_own),
    place(
        "nuget push·nuget delete·gem push",
        rf"\b(?:nuget[ \t]+(?:push|delete)|gem[ \t]+push)\b[^|;&\n]{{0,200}}?[ \t](?:-k|-ApiKey"
        rf"|--key)[ \t]{ARG}",
    ),
    place(
        "username ",
        rf"\A[ \t]*username[ \t]+\S{{1,64}}[ \t]+(?:privilege \d{{1,2}} )?(?:password|secret)"
        rf"[ \t]+\d[ \t]+{ARG}",
    ),
    place("community", rf"\bsnmp-server[ \t]+community[ \t]+{ARG}"),
    place(
        "sqlplus·expdp·impdp·sqlldr·:thin:",
        r"(?:\b(?:sqlplus|expdp|impdp|sqlldr)[ \t][\"']?(?:-\w )?|:thin:)[\w$#]{1,64}/([^\s/\"'@]{4,64})",
    ),
    # What is piped into a program that asks for a password
    place(
        "echo·printf",
        r"\b(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?(?:[\"']%s(?:\\n)?[\"'][ \t]{1,4})?"
        r"[\"']?(?:[\w.\-]{1,64}:(?=[^|]{1,140}chpasswd))?"
        r"([^\"'|$\n]{4,128}?)[\"']?␣\|␣(?:sudo[ \t]+)?(?:-\w[ \t]+)?"
        r"(?:-S\b|sudo -S|passwd\b|chpasswd|[^|\n]{0,120}--(?:password|passphrase|token)-(?:stdin|fd))",
    ),
    place(
        "<<<",
        rf"(?:passw\w{{0,16}}|secret|token|pass|-stdin|--with-token|-fd[ =]\d)[\"']?[ \t]{{1,4}}<<<␣{ARG}",
    ),
    # Stores: each `NAME=VALUE` is a secret
    place(
        "create secret",
        r"\bcreate[ \t]{1,4}secret[ \t]",
        is_own,
        rf"[ \t]--from-literal[ =][\"']?(?!user(?:name)?=)[\w.\-]{{1,64}}={ARG}",
    ),
    place("--from-literal", rf"[ \t]--from-literal[ =][\"']?[\w.\-]{{1,64}}={ARG}", is_strong),
    place("vault kv", r"\bvault[ \t]{1,4}kv[ \t]{1,4}(?:put|patch)[ \t]", is_password, _NAMED),
    place("vault write", r"\bvault[ \t]{1,4}write[ \t]", is_strong, _NAMED),
    place("secrets set·secrets:set", r"\b[\w\-]{2,24}[ \t]{1,4}secrets[ :]set[ \t]", is_own, _NAMED),
    place(
        "config:set·vars:set·vars set·variables set·variable set·variables --set",
        r"\b[\w\-]{2,24}[ \t]{1,4}(?:config:set|vars[ :]set|variables?[ ](?:--)?set)[ \t]",
        is_strong,
        _NAMED,
    ),
    place(
        "keyvault secret",
        rf"\bkeyvault[ \t]{{1,4}}secret[ \t]{{1,4}}set\b[^\n|;&]{{0,200}}?[ \t]--value[ =]{ARG}",
        is_own,
    ),
    place("rclone obscure", rf"\brclone[ \t]{{1,4}}obscure[ \t]{{1,4}}{ARG}", is_own),
    # What is piped into one that keeps it or logs in by it
    place(
        "--with-token·secret set·secret put·secret create·secrets create·secrets put·versions add·pass insert·env add"
        "·vault login·/dev/stdin·auth login·npm login",
        _PIPED
        + r"(?:[^|\n]{0,120}?--with-token\b|(?:gh|glab|npx|wrangler|docker|podman|gcloud|flyctl|fly|vercel|netlify|"
        r"pass|vault|kubectl|oc|npm|pnpm|yarn|az|op|aws|heroku)[ \t][^|\n]{0,80}?\b(?:secrets?[ \t]"
        r"(?:set|put|create|import)|versions[ \t]add|insert|env[ \t]add|login|create[ \t]secret)\b)",
        is_own,
    ),
    # One argument
    place(
        "login ·auth ·authtoken ·apikey ·token ",
        r"\b(?:cargo[ \t]{1,4}login|snyk[ \t]{1,4}auth|(?:npm|yarn|pnpm)[ \t]{1,4}token[ \t]{1,4}revoke|"
        rf"ngrok[ \t]{{1,4}}(?:config[ \t]{{1,4}}add-)?authtoken|nuget[ \t]{{1,4}}setapikey){_OPTION}(?!-){ARG}",
        is_strong,
    ),
    place(
        "_auth ·_password ·_authtoken ",
        rf"\b(?:npm|yarn|pnpm)[ \t]{{1,4}}(?:config[ \t]{{1,4}})?set[ \t]{{1,4}}\S{{0,128}}_(?:auth|password|authToken)"
        rf"[ \t=]{{1,4}}{ARG}",
        is_own,
    ),
    place(
        "vsce·ovsx·doctl·codecov",
        rf"\b(?:(?:vsce|ovsx)[ \t]{{1,4}}publish[ \t][^\n|;&]{{0,120}}?(?<=[ \t])(?:-p|--pat)|doctl[ \t]{{1,4}}"
        rf"auth[ \t]{{1,4}}init[ \t][^\n|;&]{{0,80}}?-t|codecov[^\n|;&]{{0,120}}?[ \t]-t)[ \t=]{{1,4}}{ARG}",
        is_strong,
    ),
    # Networks
    place(
        "nmcli",
        rf"\bnmcli[ \t][^\n|;&]{{0,200}}?[ \t](?:password|[\w.\-]{{0,40}}\.(?:psk|password|wep-key\d?))"
        rf"[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    place(
        "wpa_passphrase ",
        rf"\bwpa_passphrase[ \t]{{1,4}}(?:\"[^\"\n]{{1,64}}\"|'[^'\n]{{1,64}}'|[^\s=]{{1,64}})[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    # Hashes
    place(
        "mkpasswd ·openssl passwd·hash-password",
        rf"\b(?:mkpasswd|openssl[ \t]{{1,4}}passwd|caddy[ \t]{{1,4}}hash-password){_OPTION}(?!-){ARG}"
        r"[\"']?␣(?:[|;&>)`\r\n]|\Z)",
        is_password,
    ),
    place("--plaintext", rf"[ \t]--plaintext[ =](?!\w{{1,8}}://){ARG}", is_strong),
    # Accounts of services
    place(
        "rabbitmqctl",
        rf"\brabbitmqctl[ \t][^\n|;&]{{0,120}}?(?:add_user|change_password|authenticate_user)[ \t]{{1,4}}\S{{1,64}}"
        rf"[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    place("-cli", rf"\b(?:mssql|mysql|pg)-?cli\b[^\n|;&]{{0,200}}?[ \t](?-i:-P)[ \t=]{{1,4}}{ARG}", is_own),
    place(
        "mc alias·mc config",
        rf"\bmc[ \t]{{1,4}}(?:alias[ \t]{{1,4}}set|config[ \t]{{1,4}}host[ \t]{{1,4}}add)[ \t]{{1,4}}\S{{1,64}}"
        rf"[ \t]{{1,4}}https?://\S{{1,200}}[ \t]{{1,4}}\S{{1,128}}[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    place(
        "altool·notarytool·-keychain",
        rf"\b(?:altool|notarytool|security[ \t]{{1,4}}[\w\-]{{0,24}}-keychain(?:-password)?)\b[^|;&\n]{{0,200}}?[ \t]"
        rf"-p[ \t]{{1,4}}(?!@){ARG}",
        is_strong,
    ),
    place(
        "add-generic-password·add-internet-password",
        rf"\badd-(?:generic|internet)-password\b[^|;&\n]{{0,200}}?[ \t]-w[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    place("signtool", rf"\bsigntool\b[^|&\n]{{0,200}}?[ \t]/p[ \t]{{1,4}}{ARG}", is_own),
    place("creds", r"[ \t]--(?:src-|dest-)?creds[ =][\"']?[^\s:\"'$]{1,64}:([^\s\"'$]{4,128})", is_own),
    place("operator unseal", rf"\bvault[ \t]{{1,4}}operator[ \t]{{1,4}}unseal{_OPTION}(?!-){ARG}", is_strong),
    place("sonar.", rf"(?:\b|-D)sonar\.(?:login|password|token)={ARG}", is_strong),
    place(
        "fly ·flyctl ", rf"\bfly(?:ctl)?[ \t][^|;&\n]{{0,200}}?[ \t](?:-t|--access-token)[ =]{ARG}", is_strong
    ),
    place("private-key <(", rf"\bprivate-key[ \t]{{1,4}}<\(␣(?:echo|printf)[ \t]{{1,4}}{ARG}", is_own),
    # A program that waits for the question and answers it
    place(
        "expect",
        r"\bexpect\b[^\n]{0,80}?(?:assword|assphrase|asscode)[^\n]{0,24}?[\"'})][^\n\"']{0,24}?\bsend(?:_?line|_user)?"
        r"[ (]{1,4}(?:-{1,2}[ \t])?[\"']([^\"'\r\n$\\]{4,128})"
        r"(?:(?:\\[rn]){0,2}[\"']|[\r\n]*\Z)",
        is_own,
    ),
)
