#include "embed/web_assets.h"
#include "esp-idf/voltbeacon/http_parts.h"

esp_err_t vb_http_page_answer(struct vb_http_receiver *receiver, httpd_req_t *request)
{
    struct vb_http_server *server = receiver->server;
    const struct vb_http_request *read = &server->request;
    uint16_t status;
    if (receiver->config.pages.asset_count == 0)
        return vb_http_refuse(server, request, 404,
                              "This receiver was built without pages; use its API.");
    if (request->method != HTTP_GET && request->method != HTTP_HEAD)
        return vb_http_refuse(server, request, 405, "Pages can only be read; use GET.");
    const struct vb_asset *asset = vb_page_for(&receiver->config.pages, read->path, &status);
    if (asset == NULL)
        return vb_http_refuse(server, request, 404, "There is no such page; open / instead.");
    const struct vb_asset_form *form = vb_page_form(asset, read->accept_encoding);
    if (form == NULL)
        return vb_http_refuse(server, request, 406, vb_page_form_missing);
    const bool follows = vb_head_of_page(&server->head, asset, form, status, read->if_none_match);
    return vb_http_send_answer(server, request, (const char *)form->bytes,
                               follows ? form->size : 0);
}
