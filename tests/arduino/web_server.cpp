/* Arduino's web server without a network: see include/WebServer.h. */
#include <WebServer.h>
#include <algorithm>

WebServer *WebServer::only;

void WebServer::handleClient()
{
    if (!waiting)
        return;
    waiting = false;
    chunked = false;
    (request.path == place ? at_place : elsewhere)();
}

/* Only what was to be collected is there. */
String WebServer::header(const char *name) const
{
    const bool kept = std::find(headers.begin(), headers.end(), name) != headers.end();
    const std::string asked = kept ? name : "";
    if (asked == "If-Match")
        return String(request.if_match);
    return String(asked == "Content-Type" && !request.body.empty() ? "application/json" : "");
}

int WebServer::args() const
{
    return (request.query.empty() ? 0 : 1) + (request.body.empty() ? 0 : 1);
}

String WebServer::argName(int i) const
{
    return i == 0 && !request.query.empty()
               ? String(request.query.substr(0, request.query.find('=')))
               : String("plain");
}

String WebServer::arg(int i) const
{
    return i == 0 && !request.query.empty()
               ? String(request.query.substr(request.query.find('=') + 1))
               : String(request.body);
}

String WebServer::arg(const char *name) const
{
    return String(name == std::string("plain") ? request.body : "");
}

void WebServer::sendHeader(const char *name, const char *value)
{
    if (name == std::string("ETag"))
        answer.etag = value;
}

void WebServer::setContentLength(size_t size)
{
    chunked = size == CONTENT_LENGTH_UNKNOWN;
}

void WebServer::send(int status, const char *, const char *text)
{
    answer.status = status;
    answer.body = text;
    answer.ended = !chunked;
}

/* An empty piece is the last: what is sent after it is another answer's to the client. */
void WebServer::sendContent(const char *text, size_t size)
{
    if (!chunked || answer.ended)
        std::abort();
    answer.body.append(text, size);
    answer.ended = size == 0;
}

void WebServer::ask(const WebRequest &asked)
{
    only->request = asked;
    only->answer = WebAnswer();
    only->waiting = true;
}

WebAnswer WebServer::answered()
{
    if (!only->answer.ended)
        std::abort();
    return only->answer;
}
