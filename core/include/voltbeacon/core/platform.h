/* The only place where the core depends on its compiler and build: attributes, the panic hook, and
 * the one limit that a build may set.
 *
 * Nothing else in core/ uses #if. */
#ifndef VOLTBEACON_PLATFORM_H
#define VOLTBEACON_PLATFORM_H

#if defined(__GNUC__) || defined(__clang__)
#define VB_MUST_USE __attribute__((warn_unused_result))
#define VB_NORETURN __attribute__((noreturn))
#define VB_PRINTF(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))
#else
#define VB_MUST_USE
#define VB_NORETURN
#define VB_PRINTF(format_index, first_index)
#endif

/* The most cells per pack that memory is reserved for, 40 to 192; lower it with -DVB_CELLS_MAX=96,
 * for the whole program. A reading with more cells is refused as too long. See
 * docs/adr/0027-cells-of-a-build.md. */
#ifndef VB_CELLS_MAX
#define VB_CELLS_MAX 192
#endif

/* Around the declarations of public headers, so that C++ can call them. */
#ifdef __cplusplus
#define VB_C_BEGIN extern "C" {
#define VB_C_END }
#else
#define VB_C_BEGIN
#define VB_C_END
#endif

VB_C_BEGIN

/* Called when the program itself is wrong, never for a peer's or a user's input. The program that
 * links the core provides it; it must not return. */
VB_NORETURN void vb_panic(const char *file, int line, const char *condition);

/* On in release builds too: a battery monitor in an impossible state stops and restarts. */
#define VB_ASSERT(condition) ((condition) ? (void)0 : vb_panic(__FILE__, __LINE__, #condition))

#define VB_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

VB_C_END

#endif
