"""Passwords by their place in what administrators write: files of devices, of mail and of databases, command lines."""

from __future__ import annotations

from .placing import ARG, LIT, always, is_own, is_password, is_strong, is_unlike_name, place

ADMINISTRATION = (
    # Databases
    place(
        "acl setuser·~*·+@·allkeys·allcommands",
        r"\b(?:user|setuser)[ \t]{1,4}[\w.\-]{1,64}[ \t][^\n]{0,120}?[ \t\"'][>#]([^\s\"']{4,128})",
        is_own,
    ),
    place("@tcp(·@unix(", r"[\w.\-]{1,64}:([^\s:@\"'`/{}$%]{3,128})@(?:tcp|unix)\(", is_own),
    place("pgp_sym_", rf"\bpgp_sym_\w{{1,24}}\([^\n,]{{1,80}},␣{LIT}", is_own),
    place(
        "set password",
        rf"\bset[ \t]{{1,4}}(?:plaintext[ \t]{{1,4}})?password\b[^\n]{{0,80}}?\bto[ \t]{{1,4}}{LIT}",
        is_own,
    ),
    # Devices of networks
    place(
        "enable ",
        rf"\A[ \t]{{0,40}}enable[ \t]{{1,4}}(?:secret|password)[ \t]{{1,4}}(?:\d[ \t]{{1,4}})?{ARG}",
        is_own,
    ),
    place("key 0 ·key 5 ·key 6 ·key 7 ", r"\bkey[ \t][0567][ \t]{1,4}([^\s\"']{6,128})", is_own),
    place(
        "radius·tacacs",
        rf"\b(?:radius|tacacs)\S{{0,12}}[ \t][^\n]{{0,80}}?\bkey[ \t]{{1,4}}(?:\d[ \t]{{1,4}})?{ARG}",
    ),
    place("neighbor ", rf"\bneighbor[ \t]{{1,4}}\S{{1,64}}[ \t]{{1,4}}password[ \t]{{1,4}}(?:\d[ \t])?{ARG}"),
    place(
        "isakmp", rf"\bcrypto[ \t]{{1,4}}isakmp[ \t]{{1,4}}key[ \t]{{1,4}}(?:[067][ \t]{{1,4}})?{ARG}", is_own
    ),
    place(
        "plain-text-password·ascii-text·encrypted-password",
        rf"\b(?:plain-text-password(?:-value)?|ascii-text|encrypted-password)[ \t]{{1,4}}{ARG}",
        is_password,
    ),
    place("authtok", rf"authtok␣=␣{ARG}", is_own),
    place("snmp", rf"\bsnmp\w{{0,4}}[ _\-]community(?:[ _\-]string)?[\"']?␣[:=]␣{ARG}"),
    place("rocommunity·rwcommunity", rf"\br[ow]community6?[ \t]{{1,4}}{ARG}"),
    place(
        "createuser ",
        rf"\bcreateUser[ \t]{{1,4}}\S{{1,64}}[ \t]{{1,4}}(?:MD5|SHA[\w\-]{{0,8}})[ \t]{{1,4}}{ARG}",
    ),
    place("snmp", rf"\bsnmp\w{{1,16}}[ \t][^\n]{{0,200}}?[ \t](?-i:-[AX])[ \t]{{1,4}}{ARG}"),
    # Installers
    place("rootpw", rf"\brootpw[ \t]{{1,4}}(?:--\w{{1,16}}[ \t]{{1,4}}){{1,3}}{ARG}", is_own),
    place(
        "d-i ",
        rf"\bd-i[ \t]{{1,4}}\S{{0,64}}passw\S{{0,32}}[ \t]{{1,4}}(?:password|string)[ \t]{{1,4}}{ARG}",
        is_own,
    ),
    place("<value>", r"<\w{0,32}password>␣<value>([^<>\r\n]{4,128})</", is_own),
    place("<pass ", r"<pass\b[^<>\n]{1,80}>([^<>\s]{4,128})(?:</|[\r\n]*\Z)", is_own),
    # Servers
    place("stats auth", r"\bstats[ \t]{1,4}auth[ \t]{1,4}[\w.@\-]{1,64}:([^\s\"'$]{4,128})", always),
    place("secure_link_md5", r"\bsecure_link_md5[ \t][^\n;]{0,120}?[ \t]([^\s\"'$;]{6,128})[\"']?;", is_own),
    place(
        "]:587·]:465·]:25",
        r"\A\[[\w.\-]{1,128}\]:\d{2,5}[ \t]{1,4}[\w.+@\-]{1,64}:([^\s:]{4,128})[ \t]{0,8}[\r\n]*\Z",
        is_own,
    ),
    place("passwordeval", rf"\bpasswordeval[ \t]{{1,4}}[\"']?echo[ \t]{{1,4}}{ARG}", is_own),
    place(
        "basic-auth·basic_auth·basicauth", rf"basic[\-_]?auth[\"']?␣[=:]␣\[␣[\"'][^\"'\n]{{1,64}}[\"'],␣{LIT}"
    ),
    # Registries, builds, clusters
    place(
        "stringdata: {·stringdata:{",
        r"\bstringData:␣(?=\{)",
        is_password,
        r"[{,]␣[\"']?[\w.\-]{1,64}[\"']?:␣[\"']?([^\s,\"'{}]{4,128})",
    ),
    place("authident", r"\w{0,16}authident[\"']?:␣[\"']?[^\s:\"'$]{1,64}:([^\s\"'$]{4,128})", is_own),
    place(
        "http-basic.", rf"\bhttp-basic\.[\w.\-]{{1,64}}[ \t]{{1,4}}[^\s\"'$]{{1,64}}[ \t]{{1,4}}{ARG}", is_own
    ),
    place("pypi-token.", rf"\bpypi-token\.[\w.\-]{{1,64}}[ \t]{{1,4}}{ARG}", is_own),
    place("::add-mask::", r"::add-mask::([^\s\"'`$]{4,128})", is_own),
    place("slack:", r"\A[ \t\-]{0,40}slack:[ \t]{0,4}[\w\-]{1,64}:([A-Za-z0-9]{20,64})\b"),
    place("--auth=", r"[ \t]--auth=([^\s:\"'$]{4,128})[ \t]{0,8}[\r\n]*\Z", is_strong),
    # Command lines
    place(
        "mysql·mariadb",
        r"\b(?:mysql\w{0,12}|mariadb)[\"'],[^\n]{0,200}?[\"'](?-i:-p)([^\s\"'$,]{4,64})[\"']",
        is_own,
    ),
    place(
        "redis-cli",
        r"\bredis-cli[\"'],[^\n]{0,200}?[\"'](?:-a|--pass)[\"'],␣[\"']([^\s\"'$]{4,128})[\"']",
        is_own,
    ),
    place(
        "psexec·cqlsh·mongoimport·mongoexport·mongofiles",
        rf"\b(?:psexec\w{{0,4}}|cqlsh|mongo(?:import|export|files))\b[^|;&\n]{{0,200}}?[ \t]-p[ \t=]{{1,4}}{ARG}",
        is_own,
    ),
    place("schtasks", rf"\bschtasks\b[^|&\n]{{0,200}}?[ \t]/rp[ \t]{{1,4}}{ARG}", is_own),
    place(
        "net use", rf"\bnet[ \t]{{1,4}}use[ \t]{{1,4}}\w:[ \t]{{1,4}}\\\\\S{{1,200}}[ \t]{{1,4}}(?![/*]){ARG}"
    ),
    place("runas", r"\becho[ \t]{1,4}[\"']?([^\"'|$\s]{4,128})[\"']?␣\|␣runas\b", is_own),
    place("--cert", r"[ \t]--cert[ =][\"']?[^\s:\"'$]{2,128}:([^\s\"'$/\\]{4,128})"),
    place("securestring", rf"\bput-parameter\b[^\n]{{0,200}}?[ \t]--value[ =]{ARG}", is_own),
    place(
        "vault ",
        rf"\bvault[ \t]{{1,4}}(?:kv[ \t]{{1,4}}put|write)[ \t]\S{{1,128}}[ \t][^\n]{{0,120}}?\bvalue={ARG}",
    ),
    place(
        "authorization: ",
        r"\bauthorization:␣(?:basic|digest)[ \t]{1,4}[\w.@\-]{1,64}(?:[ \t]{1,4}|:)([^\s\"'$]{4,128})"
        r"[ \t]{0,8}[\r\n]*\Z",
    ),
    place(
        "curl", r"\bcurl[ \t][^|;&\n]{0,200}?(?<=[ \t])-u[^\s:\"'$/<>=]{1,64}:([^\s\"'$<>]{2,128})", always
    ),
    place(
        "identified by ",
        r"\b(?:user|role|connect to)\b[^\n'\"]{1,120}?\bidentified by ([^\s'\";,]{4,128})",
        is_unlike_name,
    ),
    place("{noop}", r"\{noop\}([^\s\"'`]{4,128})", is_own),
)
