"""The page in which the scripts run. Its functions are what a front end does with localStorage."""

PAGE = """<!doctype html>
<title>Cathay Shop</title>
<script>
function keep(key, value) {
    try {
        localStorage.setItem(key, value);
        return "stored";
    } catch (error) {
        return error.name;
    }
}
function keepAsJson(key, value) {
    return keep(key, JSON.stringify(value));
}
function keepInTab(key, value) {
    sessionStorage.setItem(key, value);
}
async function sendToken() {
    const token = localStorage.getItem("token");
    const response = await fetch("/48/received/", {headers: {Authorization: `Bearer ${token}`}});
    return await response.text();
}
</script>
"""
