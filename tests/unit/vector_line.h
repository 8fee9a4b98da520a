/* One line of tests/vectors/vectors.txt, taken apart; make_vectors.py says what stands in it. */
#ifndef VOLTBEACON_VECTOR_LINE_H
#define VOLTBEACON_VECTOR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    VECTOR_LINE_SIZE = 20000,
    VECTOR_BYTES_MAX = 4200, /* more than a section, so that one too long can be told */
    VECTOR_PAIRS_MAX = 32
};

struct vector_pair {
    const char *key;
    const char *value;
};

struct vector {
    const char *name;
    const char *kind;
    uint8_t bytes[VECTOR_BYTES_MAX];
    size_t size;
    struct vector_pair pairs[VECTOR_PAIRS_MAX];
    size_t pair_count;
};

static inline int vector_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* Lists are read through a cursor: each taker moves it past its part and one separator behind it.
 */

static inline void vector_separator(const char **at)
{
    if (**at == ',' || **at == ':' || **at == ';')
        ++*at;
}

static inline uint64_t vector_take(const char **at)
{
    char *end;
    const uint64_t number = strtoull(*at, &end, 10);
    *at = end;
    vector_separator(at);
    return number;
}

static inline int64_t vector_take_signed(const char **at)
{
    char *end;
    const int64_t number = strtoll(*at, &end, 10);
    *at = end;
    vector_separator(at);
    return number;
}

/* Returns the size, at most capacity. */
static inline size_t vector_take_hex(const char **at, uint8_t *bytes, size_t capacity)
{
    size_t size = 0;
    while (size < capacity && vector_digit((*at)[0]) >= 0 && vector_digit((*at)[1]) >= 0) {
        bytes[size++] = (uint8_t)(vector_digit((*at)[0]) << 4 | vector_digit((*at)[1]));
        *at += 2;
    }
    vector_separator(at);
    return size;
}

/* Returns the word that *at begins with, ended by a NUL in place of the space behind it. */
static inline char *vector_word(char **at)
{
    char *word = *at;
    *at += strcspn(word, " \n");
    if (**at != '\0')
        *(*at)++ = '\0';
    return word;
}

/* Takes the line apart in its place, which must outlive the vector. False for comments, empty lines
 * and what is larger than the vector. */
static inline bool vector_parse(struct vector *vector, char *line)
{
    if (line[0] == '#' || line[0] == '\n')
        return false;
    vector->name = vector_word(&line);
    vector->kind = vector_word(&line);
    const char *hex = vector_word(&line);
    vector->size = vector_take_hex(&hex, vector->bytes, sizeof vector->bytes);
    vector->pair_count = 0;
    while (*line != '\0') {
        if (vector->pair_count == VECTOR_PAIRS_MAX)
            return false;
        char *key = vector_word(&line);
        char *equals = strchr(key, '=');
        if (equals == NULL)
            return false;
        *equals = '\0';
        vector->pairs[vector->pair_count++] = (struct vector_pair){.key = key, .value = equals + 1};
    }
    return *hex == '\0' || strcmp(hex, "-") == 0;
}

/* NULL where the vector has no such key. */
static inline const char *vector_text(const struct vector *vector, const char *key)
{
    for (size_t i = 0; i < vector->pair_count; i++) {
        if (strcmp(vector->pairs[i].key, key) == 0)
            return vector->pairs[i].value;
    }
    return NULL;
}

/* Ends a percent-encoded text; returns its length. */
static inline size_t vector_decoded(const char *encoded, char *text, size_t capacity)
{
    size_t length = 0;
    while (*encoded != '\0' && length + 1 < capacity) {
        if (*encoded == '%') {
            text[length++] = (char)strtol((char[3]){encoded[1], encoded[2], '\0'}, NULL, 16);
            encoded += 3;
        } else {
            text[length++] = *encoded++;
        }
    }
    text[length] = '\0';
    return length;
}

#endif
