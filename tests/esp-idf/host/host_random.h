/* Who asks the hardware for random numbers, and when. */
#ifndef VOLTBEACON_TESTS_HOST_RANDOM_H
#define VOLTBEACON_TESTS_HOST_RANDOM_H

/* asked is called before each number; NULL: nothing is. */
void host_random_on_ask(void (*asked)(void));

#endif
