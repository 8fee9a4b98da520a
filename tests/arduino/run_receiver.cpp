/* Runs the Receiver on the host: run_receiver FLASH PIPE, until its stdin ends
 *
 * FLASH keeps its settings; a transmitter is at the other end of the link pipe:PIPE. Each line of
 * stdin is a request, "METHOD PATH[?QUERY] [IF_MATCH BODY]"; its answer is "STATUS [ETAG] BODY". */
#include <Arduino.h>
#include <WebServer.h>
#include <iostream>
#include <sstream>

extern "C" {
#include "host/host_air.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"
}

void setup();
void loop();

static WebRequest request_of(const std::string &line)
{
    WebRequest request;
    std::istringstream words(line);
    words >> request.method >> request.path >> request.if_match >> std::ws;
    std::getline(words, request.body);
    const size_t query = request.path.find('?');
    if (query != std::string::npos) {
        request.query = request.path.substr(query + 1);
        request.path.resize(query);
    }
    return request;
}

int main(int argc, char **argv)
{
    static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    if (argc != 3)
        return 2;
    host_nvs_make("voltbeacon", 0x10000);
    host_nvs_keep_in(argv[1]);
    host_partition_make("events", 0x10000, 0xff);
    host_air_open(argv[2], "receiver", &mac, 0);
    setup();
    for (std::string line; std::getline(std::cin, line);) {
        WebServer::ask(request_of(line));
        loop();
        const WebAnswer answer = WebServer::answered();
        std::string body = answer.body;
        for (char &at : body)
            at = at == '\n' ? ' ' : at;
        std::cout << answer.status << " [" << answer.etag << "] " << body << std::endl;
    }
    return 0;
}
