/* All topics of the API, as one list. */
#include "contract.h"

const struct vb_topic *const vb_topics[] = {
#define VB_TOPIC_ROW(name, file) &vb_topic_##name,
#include "topics.def"
#undef VB_TOPIC_ROW
};
const size_t vb_topic_count = VB_COUNT_OF(vb_topics);

const struct vb_route *vb_route_at(unsigned index)
{
    for (size_t i = 0; i < vb_topic_count; i++) {
        if (index < vb_topics[i]->route_count)
            return &vb_topics[i]->routes[index];
        index -= vb_topics[i]->route_count;
    }
    return NULL;
}

const struct vb_type *vb_type_at(unsigned index)
{
    for (size_t i = 0; i < vb_topic_count; i++) {
        if (index < vb_topics[i]->type_count)
            return &vb_topics[i]->types[index];
        index -= vb_topics[i]->type_count;
    }
    return NULL;
}
