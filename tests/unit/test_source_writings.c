/* One table, written in all the ways in which programs, spreadsheets and systems write a table: it
 * says the same. */
#include "../fixtures/source_bench.h"

enum { ROWS = 4, COLUMNS = 7, TEXT_BYTES_MAX = 4096 };

static const char *const names[COLUMNS] = {"t_s",    "pack_v", "pack_a", "soc_pct",
                                           "c01_mv", "c02_mv", "t01_c"};

/* 2023-10-29 02:00:00 UTC and on, 5 s apart. */
static const char *const cells[ROWS][COLUMNS] = {
    {"1698544800", "7.25", "-1.5", "50.5", "3500", "3750", "20.5"},
    {"1698544805", "7.25", "-1.5", "50.5", "3501", "3749", "20.5"},
    {"1698544810", "7.25", "-1.5", "50.5", "3502", "", "na"},
    {"1698544815", "7.25", "-1.5", "50.5", "3503", "3747", "-20.5"},
};

struct writing {
    const char *what;
    const char *before;       /* the header; NULL = nothing */
    char separator;           /* 0 = a comma */
    const char *line_end;     /* NULL = LF */
    bool quoted;              /* each field */
    bool comma;               /* for the point, in quotes between commas */
    const uint8_t *order;     /* of the columns; NULL = as they are */
    const char *const *names; /* NULL = as they are */
    const char *times[ROWS];  /* NULL = as they are */
    unsigned from_row; /* of another writing of the same file: repeat the header here; 0 = none */
};

static void add(char *text, const char *more)
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, TEXT_BYTES_MAX - length, "%s", more);
}

static void put(char *text, const struct writing *writing, const char *field)
{
    const bool commas = writing->comma && strchr(field, '.') != NULL;
    const bool quotes = writing->quoted || (commas && writing->separator == '\0');
    size_t length = strlen(text);
    if (quotes)
        text[length++] = '"';
    for (; *field != '\0'; field++)
        text[length++] = commas && *field == '.' ? ',' : *field;
    if (quotes)
        text[length++] = '"';
    text[length] = '\0';
}

static void put_line(char *text, const struct writing *writing, const char *const *fields,
                     const char *time)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const size_t column = writing->order == NULL ? i : writing->order[i];
        const char separator[] = {writing->separator == '\0' ? ',' : writing->separator, '\0'};
        if (i > 0)
            add(text, separator);
        put(text, writing, column == 0 && time != NULL ? time : fields[column]);
    }
    add(text, writing->line_end == NULL ? "\n" : writing->line_end);
}

static void write_text(const struct writing *writing, char text[TEXT_BYTES_MAX])
{
    const char *const *header = writing->names == NULL ? names : writing->names;
    text[0] = '\0';
    if (writing->before != NULL)
        add(text, writing->before);
    put_line(text, writing, header, NULL);
    for (unsigned i = 0; i < ROWS; i++) {
        if (writing->from_row != 0 && i == writing->from_row)
            put_line(text, writing, header, NULL);
        put_line(text, writing, cells[i], writing->times[i]);
    }
}

static void expect_the_table(const char *what)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    struct vb_source *source = vb_source_open(source_text, &options, &error);
    if (source == NULL)
        fail_msg("%s: %s", what, error.text);
    for (unsigned i = 0; i < ROWS; i++) {
        const struct vb_reading reading = next(source, i * 5000);
        const uint16_t second =
            (uint16_t)(cells[i][5][0] == '\0' ? VB_CELL_NOT_AVAILABLE : 3750 - i);
        if (reading.cell_count != 2 || reading.cell_mv[0] != 3500 + i ||
            reading.cell_mv[1] != second || reading.pack_mv != 7250 || reading.current_ma != 1500 ||
            reading.soc_permille != 505 || reading.temp_count != 1 ||
            reading.temp_dc[0] != (i < 2    ? 205
                                   : i == 2 ? VB_TEMP_NOT_AVAILABLE
                                            : -205) ||
            reading.wall_ms != UINT64_C(1698544800000) + i * 5000u || reading.sequence != i + 1)
            fail_msg("%s: row %u is read as another", what, i);
    }
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

static void a_table_says_the_same_however_it_is_written(void **state)
{
    (void)state;
    static const uint8_t backwards[COLUMNS] = {6, 5, 4, 3, 2, 1, 0};
    static const uint8_t mixed[COLUMNS] = {5, 0, 6, 2, 4, 1, 3};
    static const char *const upper[] = {"T_S",    "PACK_V", "PACK_A", "SOC_PCT",
                                        "C01_MV", "C02_MV", "T01_C"};
    static const char *const padded[] = {"t_s",   "pack_v",  "pack_a", "soc_pct",
                                         "c1_mv", "c002_mv", "t1_c"};
    static const struct writing writings[] = {
        {.what = "as it is"},
        {.what = "CR LF", .line_end = "\r\n"},
        {.what = "CR", .line_end = "\r"},
        {.what = "blank lines", .line_end = "\n\n", .before = "\n \t\n"},
        {.what = "blank lines, CR", .line_end = "\r\r", .before = "\r"},
        {.what = "comments", .before = "# a drive\n  # of mine\n"},
        {.what = "byte order mark", .before = "\xEF\xBB\xBF"},
        {.what = "semicolons", .separator = ';'},
        {.what = "semicolons, commas", .separator = ';', .comma = true},
        {.what = "tabs", .separator = '\t'},
        {.what = "tabs, commas", .separator = '\t', .comma = true},
        {.what = "sep=;", .separator = ';', .before = "sep=;\r\n", .line_end = "\r\n"},
        {.what = "sep=,", .before = "\"sep=,\"\n"},
        {.what = "SEP=tab", .separator = '\t', .before = "SEP=\t\n"},
        {.what = "quotes", .quoted = true},
        {.what = "quotes, commas", .comma = true},
        {.what = "quotes, commas, semicolons", .separator = ';', .quoted = true, .comma = true},
        {.what = "last column first", .order = backwards},
        {.what = "columns in no order", .order = mixed},
        {.what = "names in capitals", .names = upper},
        {.what = "numbers padded otherwise", .names = padded},
        {.what = "the header once more", .from_row = 2},
        {.what = "the header once more, no order", .from_row = 2, .order = mixed},
        {.what = "decimals", .times = {"1698544800.0", "1698544805.00"}},
        {.what = "ms",
         .times = {"1698544800000", "1698544805000", "1698544810000", "1698544815000"}},
        {.what = "us",
         .times = {"1698544800000000", "1698544805000000", "1698544810000000", "1698544815000000"}},
        {.what = "ns",
         .times = {"1698544800000000000", "1698544805000000000", "1698544810000000000",
                   "1698544815000000000"}},
        {.what = "ISO",
         .times = {"2023-10-29 02:00:00", "2023-10-29T02:00:05", "2023-10-29 02:00:10.000",
                   "2023-10-29 02:00:15"}},
        {.what = "ISO with its zone",
         .times = {"2023-10-29T02:00:00Z", "2023-10-29T04:00:05+02:00", "2023-10-28T22:30:10-0330",
                   "2023-10-29 03:00:15 +01"}},
        {.what = "day first",
         .times = {"29/10/2023 02:00:00", "29/10/2023 2:00:05 AM", "29.10.2023 02:00:10",
                   "29/10/2023 02:00:15 a. m."}},
        {.what = "month first",
         .quoted = true,
         .times = {"10/29/2023 02:00", "10/29/2023 2:00:05 am", "10/29/2023, 02:00:10",
                   "10/29/2023 2.00.15"}},
    };
    for (size_t i = 0; i < VB_COUNT_OF(writings); i++) {
        char text[TEXT_BYTES_MAX];
        write_text(&writings[i], text);
        write_bytes(text, strlen(text));
        expect_the_table(writings[i].what);
        if (writings[i].line_end == NULL) { /* the last line does not end */
            write_bytes(text, strlen(text) - 1);
            expect_the_table(writings[i].what);
        }
    }
}

static void utf_16_of_either_order_with_or_without_its_mark_is_read(void **state)
{
    (void)state;
    static const struct writing writing = {.separator = ';', .line_end = "\r\n"};
    char text[TEXT_BYTES_MAX];
    write_text(&writing, text);
    for (unsigned kind = 0; kind < 4; kind++) {
        char wide[2 * TEXT_BYTES_MAX + 2];
        const bool big = kind % 2 == 1;
        size_t size = 0;
        if (kind >= 2) {
            wide[size++] = (char)(big ? 0xFE : 0xFF);
            wide[size++] = (char)(big ? 0xFF : 0xFE);
        }
        for (size_t i = 0; text[i] != '\0'; i++) {
            wide[size++] = (char)(big ? 0 : text[i]);
            wide[size++] = (char)(big ? text[i] : 0);
        }
        write_bytes(wide, size);
        expect_the_table("UTF-16");
        write_bytes(wide, size - 1); /* cut off within the last character */
        expect_the_table("UTF-16, cut off");
    }
}

static void a_cell_between_others_that_has_no_column_is_named(void **state)
{
    (void)state;
    expect_refused("t_s,pack_v,pack_a,soc_pct,c01_mv,c03_mv\n0,7,0,50,3500,3500\n",
                   "line 1 names cell 3 and not cell 2, expected c01_mv to c192_mv");
    expect_refused("t_s,c02_v\n0,3.5\n", "line 1 names cell 2 and not cell 1");
    expect_refused("Date/Time,CP1,CP2,CP4\n", "line 1 names cell 4 and not cell 3");
    /* a column of somebody else's table is no layout of ours */
    expect_refused("time,line,value\n1,2,3\n", "files that are read are of LeafSpy Pro");
}

static void a_number_that_is_no_time_in_any_unit_breaks_its_row(void **state)
{
    (void)state;
    struct vb_source *source = open_content("t_s,c01_mv\n"
                                            "1698544800,3500\n"
                                            "94668479999,3501\n"
                                            "9e30,3501\n"
                                            "2023-10-29T02:00:05Z,3501\n"
                                            "1698544810000,3502\n");
    assert_int_equal(next(source, 0).wall_ms, 1698544800000);
    assert_int_equal(next(source, 10000).wall_ms, 1698544810000);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 3);
    assert_non_null(strstr(vb_source_skipped(source)->first_reason.text,
                           "line 3, field 1 is \"94668479999\", expected a time of 0 to 4102444800 "
                           "s"));
    vb_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_says_the_same_however_it_is_written),
        cmocka_unit_test(utf_16_of_either_order_with_or_without_its_mark_is_read),
        cmocka_unit_test(a_cell_between_others_that_has_no_column_is_named),
        cmocka_unit_test(a_number_that_is_no_time_in_any_unit_breaks_its_row),
    };
    return cmocka_run_group_tests(tests, make_csv, remove_file);
}
