/* Integer helpers for the codec, without what C leaves to the compiler. */
#ifndef VOLTBEACON_CODEC_INTEGER_H
#define VOLTBEACON_CODEC_INTEGER_H

#include <stdint.h>

/* Two's complement. */
static inline int32_t vb_signed_of(uint32_t value)
{
    return value > INT32_MAX ? -(int32_t)(UINT32_MAX - value) - 1 : (int32_t)value;
}

/* Divides by 2^bits, towards minus infinity. */
static inline int32_t vb_shift_down(int32_t value, unsigned bits)
{
    return value < 0 ? ~(~value >> bits) : value >> bits;
}

static inline uint32_t vb_magnitude(int32_t value)
{
    return value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
}

/* The remainder of a value after prediction; adding it back gives the value, whatever wraps. */
static inline int32_t vb_difference(uint32_t value, uint32_t expected)
{
    return vb_signed_of(value - expected);
}

#endif
