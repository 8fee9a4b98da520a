/* The hook is a shell here, and what it finds in its environment is what it writes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../fixtures/scratch_dir.h"
#include "linux/system/network_hook.h"

enum { PATH_SIZE = 64 };

static char dir[] = "/tmp/voltbeacon-hook-XXXXXX";

static void write_hook(char *path, size_t size, const char *into)
{
    snprintf(path, size, "%s/hook", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nenv | grep ^VB_NETWORK_ | sort > %s\n", into);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
}

static void the_hook_finds_every_field_of_the_section_and_no_older_value(void **state)
{
    (void)state;
    char hook[PATH_SIZE];
    char out[PATH_SIZE];
    snprintf(out, sizeof out, "%s/out", dir);
    write_hook(hook, sizeof hook, out);
    assert_int_equal(setenv("VB_NETWORK_MODE", "of an earlier life", 1), 0);
    const struct vb_network_values values = {.mode = VB_ADDRESSING_STATIC,
                                             .address = {192, 168, 1, 7},
                                             .netmask = {255, 255, 255, 0},
                                             .hostname = "cellar"};
    vb_network_hook_run(hook, &values);
    assert_true(wait(NULL) > 0);
    char text[512] = "";
    FILE *file = fopen(out, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, "VB_NETWORK_ADDRESS=192.168.1.7\n"
                              "VB_NETWORK_DNS1=0.0.0.0\n"
                              "VB_NETWORK_DNS2=0.0.0.0\n"
                              "VB_NETWORK_GATEWAY=0.0.0.0\n"
                              "VB_NETWORK_HOSTNAME=cellar\n"
                              "VB_NETWORK_MODE=static\n"
                              "VB_NETWORK_NETMASK=255.255.255.0\n");
    assert_string_equal(getenv("VB_NETWORK_MODE"), "of an earlier life"); /* ours is untouched */
}

static void a_missing_hook_is_no_reason_to_stop(void **state)
{
    (void)state;
    const struct vb_network_values values = {.hostname = ""};
    vb_network_hook_run("/nowhere/hook", &values);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int drop_dir(void **state)
{
    (void)state;
    return scratch_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hook_finds_every_field_of_the_section_and_no_older_value),
        cmocka_unit_test(a_missing_hook_is_no_reason_to_stop),
    };
    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
