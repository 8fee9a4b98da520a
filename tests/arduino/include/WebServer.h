/* The web server of Arduino's package for the ESP32, as far as the sketches use it: what is asked
 * comes from the program that runs the sketch, by ask(). */
#ifndef VOLTBEACON_TESTS_WEBSERVER_H
#define VOLTBEACON_TESTS_WEBSERVER_H

#include <Arduino.h>
#include <esp_http_server.h>
#include <functional>
#include <string>
#include <vector>

/* Of the parser of HTTP, which it includes. */
inline const char *http_method_str(http_method method)
{
    return method == HTTP_GET ? "GET" : method == HTTP_PATCH ? "PATCH" : "OTHER";
}

#define CONTENT_LENGTH_UNKNOWN (static_cast<size_t>(-1))

/* Not Arduino's: a request and what became of it. */
struct WebRequest {
    std::string method, path, query, if_match, body;
};
struct WebAnswer {
    int status = 0;
    std::string etag, body;
    bool ended = false;
};

class WebServer
{
  public:
    explicit WebServer(int)
    {
        only = this;
    }
    void on(const char *at, std::function<void()> handler)
    {
        place = at;
        at_place = handler;
    }
    void onNotFound(std::function<void()> handler)
    {
        elsewhere = handler;
    }
    void collectHeaders(const char *names[], size_t count)
    {
        headers.assign(names, names + count);
    }
    void begin()
    {
    }
    void handleClient();

    http_method method() const
    {
        return request.method == "PATCH" ? HTTP_PATCH : HTTP_GET;
    }
    String uri() const
    {
        return String(request.path);
    }
    String hostHeader() const
    {
        return "localhost";
    }
    String header(const char *name) const;
    /* The body is one of the arguments, "plain". */
    int args() const;
    String argName(int i) const;
    String arg(int i) const;
    String arg(const char *name) const;

    void sendHeader(const char *name, const char *value);
    void setContentLength(size_t size);
    void send(int status, const char *type, const char *text);
    void sendContent(const char *text, size_t size);

    /* Of the test: what handleClient() is to find, and what the sketch has answered. */
    static void ask(const WebRequest &asked);
    static WebAnswer answered();

  private:
    static WebServer *only;
    WebRequest request;
    WebAnswer answer;
    bool waiting = false, chunked = false;
    std::string place;
    std::vector<std::string> headers;
    std::function<void()> at_place, elsewhere;
};

#endif
