#include "linux/system/time_zone.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ZONES "/usr/share/zoneinfo/"

enum { DAY_S = 86400 };

/* Added to the environment once, then modified in place: setenv() might move the whole environment
 * while another thread reads it. In this program only localtime_r() reads its value, under the
 * lock. */
static char variable[3 + VB_TIME_ZONE_SIZE] = "TZ=UTC";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_zone(const char *name)
{
    char path[sizeof(ZONES) + VB_TIME_ZONE_SIZE];
    struct stat status;
    if (strcmp(name, "UTC") == 0) {
        return true; /* even if no database is installed */
    }
    if (!isalpha((unsigned char)name[0]) || strstr(name, "..") != NULL ||
        strlen(name) >= VB_TIME_ZONE_SIZE) {
        return false;
    }
    snprintf(path, sizeof(path), ZONES "%s", name);
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool vb_time_zone_is_known(const char *name)
{
    struct stat status;
    const bool installed = stat(ZONES "Europe", &status) == 0;
    return !installed || is_zone(name);
}

bool vb_time_zone_set(const char *name)
{
    const bool known = is_zone(name);
    pthread_mutex_lock(&lock);
    snprintf(variable + 3, VB_TIME_ZONE_SIZE, "%s", known ? name : "UTC");
    if (getenv("TZ") != variable + 3)
        putenv(variable);
    tzset();
    pthread_mutex_unlock(&lock);
    return known;
}

const char *vb_time_zone_name(void)
{
    return variable + 3;
}

int32_t vb_time_zone_day(int64_t at_s)
{
    const time_t moment = (time_t)at_s;
    struct tm local;
    pthread_mutex_lock(&lock);
    const bool found = localtime_r(&moment, &local) != NULL;
    pthread_mutex_unlock(&lock);
    if (!found) {
        return (int32_t)(at_s / DAY_S);
    }
    const int64_t shifted = at_s + local.tm_gmtoff;
    return (int32_t)(shifted / DAY_S - (shifted % DAY_S < 0 ? 1 : 0));
}
