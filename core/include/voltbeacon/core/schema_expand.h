/* Expands sections.def once with whichever row macros the includer has defined; the rest expand to
 * nothing, and all are gone afterwards. No include guard: it is meant to be included many times. */
#ifndef VB_SECTION
#define VB_SECTION(...)
#endif
#ifndef VB_BOOL
#define VB_BOOL(...)
#endif
#ifndef VB_UNSIGNED
#define VB_UNSIGNED(...)
#endif
#ifndef VB_SIGNED
#define VB_SIGNED(...)
#endif
#ifndef VB_ENUM
#define VB_ENUM(...)
#endif
#ifndef VB_STRING
#define VB_STRING(...)
#endif
#ifndef VB_SECRET
#define VB_SECRET(...)
#endif
#ifndef VB_IPV4
#define VB_IPV4(...)
#endif
#ifndef VB_ARRAY
#define VB_ARRAY(...)
#endif
#ifndef VB_LESS
#define VB_LESS(...)
#endif
#ifndef VB_REQUIRES
#define VB_REQUIRES(...)
#endif
#ifndef VB_BOUND
#define VB_BOUND(...)
#endif
#ifndef VB_SECTION_END
#define VB_SECTION_END(...)
#endif

#include "sections.def"

#undef VB_SECTION
#undef VB_BOOL
#undef VB_UNSIGNED
#undef VB_SIGNED
#undef VB_ENUM
#undef VB_STRING
#undef VB_SECRET
#undef VB_IPV4
#undef VB_ARRAY
#undef VB_LESS
#undef VB_REQUIRES
#undef VB_BOUND
#undef VB_SECTION_END
