/* The C library's calls that take a lock: memory, and what is printed. Defined in the program, they
 * come before the library's own, for the library itself, too. */
#include "linux_alone.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's, under the names that it keeps for whoever defines the others. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

sigset_t linux_alone_begin(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    return before;
}

void linux_alone_end(sigset_t before)
{
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- Memory ---- */

void *malloc(size_t size)
{
    const sigset_t before = linux_alone_begin();
    void *memory = __libc_malloc(size);
    linux_alone_end(before);
    return memory;
}

void *calloc(size_t count, size_t size)
{
    const sigset_t before = linux_alone_begin();
    void *memory = __libc_calloc(count, size);
    linux_alone_end(before);
    return memory;
}

void *realloc(void *memory, size_t size)
{
    const sigset_t before = linux_alone_begin();
    void *moved = __libc_realloc(memory, size);
    linux_alone_end(before);
    return moved;
}

void free(void *memory)
{
    const sigset_t before = linux_alone_begin();
    __libc_free(memory);
    linux_alone_end(before);
}

/* ---- What is printed ---- */

int vprintf(const char *format, va_list arguments)
{
    const sigset_t before = linux_alone_begin();
    const int printed = vfprintf(stdout, format, arguments);
    linux_alone_end(before);
    return printed;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int printed = vprintf(format, arguments);
    va_end(arguments);
    return printed;
}

int puts(const char *text)
{
    return printf("%s\n", text);
}

int putchar(int byte)
{
    return printf("%c", byte);
}

/* Nothing is kept back: ESP-IDF's main() says so. */
int fflush(FILE *stream)
{
    (void)stream;
    return 0;
}
