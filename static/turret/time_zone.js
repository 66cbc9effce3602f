// Tells the server in which time zone times are read here; a choice on the account page goes first.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const secure = location.protocol === "https:" ? "; secure" : "";
document.cookie = `turret_time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
