/* Recordings as a source: what is refused and how, what is skipped, and at what pace rows come. */
#include "../fixtures/source_bench.h"

#include <sys/stat.h>

#define FIXTURE VB_SOURCE_DIR "/tests/fixtures/wide_96s.csv"
#define HEADER "t_s,pack_v,pack_a,soc_pct,c01_mv,c02_mv,t01_c\n"

static void what_is_no_readable_file_is_refused_with_the_reason(void **state)
{
    (void)state;
    expect_refused_text("csv:", "expected csv:FILE");
    expect_refused_text("csv", "expected csv:FILE");
    expect_refused_text("csv:/", "recording / is a directory, expected a CSV file");
    expect_refused_text("csv:/dev/null", "is a device or a pipe");
    expect_refused_text("csv:/nowhere/at all.csv",
                        "cannot open recording /nowhere/at all.csv: No such file or directory");
    expect_refused_text("tape:x", "there is no source \"tape:x\"; expected one of: sim");
    expect_refused_text("", "there is no source \"\"");
    expect_refused_text("csvx:y", "there is no source");
}

static void a_file_without_its_source_is_refused_with_how_it_is_named(void **state)
{
    (void)state;
    expect_refused_text(FIXTURE, "a file is named with what it is, this one as csv:" VB_SOURCE_DIR);
    write_bytes("(1.5) can0 55B#AA\n", 18);
    char named[512];
    (void)snprintf(named, sizeof named, "this one as candump:%s", source_path);
    expect_refused_text(source_path, named);
    write_bytes("nobody's\n", 9);
    expect_refused_text(source_path, "there is no source");
}

static void a_refusal_names_every_source_there_is(void **state)
{
    (void)state;
    const struct vb_source_options options = {.other_form = "can:INTERFACE"};
    struct vb_source_error error;
    assert_null(vb_source_open("tape:x", &options, &error));
    assert_string_equal(error.text, "there is no source \"tape:x\"; expected one of: "
                                    "sim[:OPTION,...], csv:FILE, candump:FILE, recording:FILE, "
                                    "can:INTERFACE");
}

static void an_unreadable_file_is_refused_with_the_reason(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    write_bytes(HEADER, strlen(HEADER));
    assert_int_equal(chmod(source_path, 0), 0);
    expect_refused_text(source_text, "Permission denied");
    assert_int_equal(chmod(source_path, 0600), 0);
}

/* Whatever it would hold: nobody should have to guess why line 1 is not text. */
static void a_compressed_file_is_refused_with_what_to_do(void **state)
{
    static const struct {
        const char *begin;
        const char *text;
    } files[] = {{"\x1F\x8B\x08", "is compressed (gzip), expected a CSV file: unpack it first"},
                 {"PK\x03\x04\x14", "is compressed (zip; a spreadsheet is saved as CSV instead)"},
                 {"\xFD"
                  "7zXZ",
                  "is compressed (xz)"},
                 {"\x28\xB5\x2F\xFD", "is compressed (zstd)"},
                 {"BZh91AY", "is compressed (bzip2)"},
                 {"7z\xBC\xAF", "is compressed (7-Zip)"}};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_bytes(files[i].begin, strlen(files[i].begin) + 1);
        expect_refused_text(source_text, files[i].text);
    }
    write_bytes("PK\x03", 3);
    expect_refused_text(source_text, "line 1 begins with");
}

static void an_empty_file_and_one_without_rows_are_refused(void **state)
{
    (void)state;
    expect_refused("", "is empty");
    expect_refused("\n \r\n\t\n", "holds blank lines alone");
    expect_refused(HEADER, "has no row that can be used: it ends after its header");
    expect_refused(HEADER "1,2\n3\n", "has no row that can be used: line 2 has 2 fields, "
                                      "the header promises 7");
}

static void binary_content_is_refused(void **state)
{
    (void)state;
    write_bytes("\x7f"
                "ELF\x00\x01\n1,2,3",
                12);
    expect_refused_text(source_text, "line 1 holds a zero byte: it is not text");
    expect_refused("\x1b[31m\xff\xfe,c01\n", "begins with \"?[31m??\"");
}

static void a_line_over_64_kB_is_refused_as_header_and_skipped_as_row(void **state)
{
    (void)state;
    const size_t size = 70000;
    char *content = malloc(size + 200);
    assert_non_null(content);
    memset(content, '1', size);
    content[size] = '\0';
    expect_refused(content, "line 1 is longer than 65536 bytes");

    (void)snprintf(content, size, "%s0,7,0,50,3500,3500,20\n", HEADER);
    const size_t start = strlen(content);
    memset(content + start, '1', size);
    (void)snprintf(content + size, 200, "\n2,7,0,50,3501,3500,20\n");
    struct vb_source *source = open_content(content);
    free(content);
    next(source, 0);
    assert_int_equal(next(source, 2000).cell_mv[0], 3501);
    assert_int_equal(vb_source_skipped(source)->line, 3);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text, "line 3 is longer"));
    vb_source_close(source);
}

static void an_unknown_or_damaged_header_is_refused_naming_the_field(void **state)
{
    (void)state;
    expect_refused("a,b,c\n1,2,3\n", "begins with \"a\"; files that are read are of LeafSpy Pro "
                                     "(Date/Time,...); your own script (t_s,pack_v,");
    expect_refused("t_s,pack_v,pack_a,soc_pct,c01_mv,c03_mv\n",
                   "line 1 names cell 3 and not cell 2, expected c01_mv to c192_mv");
    expect_refused("t_s,pack_v,pack_a,soc_pct\n", "line 1 names no cells or no time, expected c01");
    expect_refused("t_s,pack_v,pack_a,soc_pct,t01_c\n", "line 1 names no cells");
    expect_refused("t_s,pack_v,pack_a,soc_pct,c01_mv,t02_c\n", "field 6 is \"t02_c\"");
    expect_refused("t_us,i_raw,c01_mv,cmu06_t1_c\n", "field 4 is \"cmu06_t1_c\", expected t_us");
    expect_refused("line,c01_mv,volts\n", "field 3 is \"volts\", expected line,counter");
    expect_refused("Date/Time,Elv,CP2\n", "line 1 names cell 2 and not cell 1, expected CP1");
    expect_refused("epoch time,CP1\n", "begins with \"epoch time\"; files that are read are of");
    expect_refused("t_s,pack_v,pack_a,soc_pct,c01_mv,t01_c,c3mv\n", "field 7 is \"c3mv\"");
    expect_refused("{\"t\":1,\"cells\":[3500]}\n{\"t\":2}\n",
                   "line 1, field 2 begins with a quote"); /* and not with one */
}

static void columns_of_other_names_are_not_read_and_this_is_reported(void **state)
{
    (void)state;
    struct vb_source *source = open_content("note,t_s,C1_mV,mode,c2_mv,Temp outside\n"
                                            "calm,5,3500,x,3501,20\n"
                                            "\"a, b\",6,3500,,3502,\n");
    const struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.cell_count, 2);
    assert_int_equal(reading.cell_mv[1], 3501);
    assert_int_equal(reading.temp_count, 0);
    assert_non_null(strstr(vb_source_describe(source).text,
                           "2 cells, no temperatures, a row every 1 s; columns of other names (3) "
                           "are not read"));
    assert_int_equal(next(source, 1000).cell_mv[1], 3502);
    expect_end(source);
    vb_source_close(source);
}

/* A title, an editor's note, the end of a line: whoever cuts a log to size leaves some of these. */
static void lines_before_the_first_of_a_layout_are_passed_over_and_counted(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *reason;
    } files[] = {
        {"My battery\n", "line 1 begins with \"My battery\": it is neither a header nor a row"},
        {"My battery; drive of today\n", "line 1 begins with \"My battery"},
        {"\n01,3500,20\n", "line 2 begins with \"01\""},
        {",3500,20\n", "line 1 begins with \"3500\""},
        {"\"cut quote,3500\n", "line 1, field 1 begins with a quote"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(files); i++) {
        char content[512];
        (void)snprintf(content, sizeof content, "%s%s0,7,0,50,3500,3500,20\n", files[i].before,
                       HEADER);
        struct vb_source *source = open_content(content);
        assert_int_equal(next(source, 0).cell_mv[0], 3500);
        expect_end(source);
        assert_int_equal(vb_source_skipped(source)->count, 1);
        if (strstr(vb_source_skipped(source)->reason.text, files[i].reason) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", vb_source_skipped(source)->reason.text,
                     files[i].reason);
        vb_source_close(source);
    }
    struct vb_source *source = open_content("title, with a comma\nt_s;c1_mv\n1;3,5\n2;3,51\n");
    assert_int_equal(next(source, 0).cell_mv[0], 3500);
    assert_int_equal(next(source, 1000).cell_mv[0], 3510);
    vb_source_close(source);
    char content[1024] = "";
    for (unsigned i = 0; i < 40; i++)
        strncat(content, "1,2,3\n", sizeof content - strlen(content) - 1);
    strncat(content, HEADER "0,7,0,50,3500,3500,20\n", sizeof content - strlen(content) - 1);
    expect_refused(content, "line 1 begins with \"1\"; files that are read are of LeafSpy Pro");
}

static void a_value_marked_as_none_is_unknown(void **state)
{
    (void)state;
    static const char *const words[] = {"", "na", "N/A", "NaN", "none", "null", "-", "--"};
    for (size_t i = 0; i < VB_COUNT_OF(words); i++) {
        char content[512];
        (void)snprintf(content, sizeof content, "%s0,%s,%s,%s,%s,3500,%s\n", HEADER, words[i],
                       words[i], words[i], words[i], words[i]);
        struct vb_source *source = open_content(content);
        const struct vb_reading reading = next(source, 0);
        assert_int_equal(reading.flags, VB_READING_TOGETHER);
        assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
        assert_int_equal(reading.cell_mv[1], 3500);
        assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);
        vb_source_close(source);
    }
}

static void more_than_192_cells_or_a_thousand_fields_are_refused(void **state)
{
    (void)state;
    char content[16384] = "t_s,pack_v,pack_a,soc_pct";
    size_t length = strlen(content);
    for (unsigned cell = 1; cell <= 1000; cell++) {
        const int added = snprintf(content + length, sizeof content - length, ",c%02u_mv", cell);
        length += (size_t)added;
    }
    expect_refused(content, "field 197 is \"c193_mv\"");
}

static void a_broken_row_is_skipped_and_counted_with_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *reason;
    } broken[] = {
        {"1,7,0,50,3500,3500", "line 3 has 6 fields, the header promises 7"},
        {"1,7,0,50,3500,3500,20,1", "line 3 has 8 fields, the header promises 7"},
        {",7,0,50,3500,3500,20", "line 3 has no time"},
        {"1e999,7,0,50,3500,3500,20", "field 1 is \"1e999\", expected a time of 0 to 4102444800 s"},
        {"-5,7,0,50,3500,3500,20", "field 1 is \"-5\""},
        {"4102444801,7,0,50,3500,3500,20", "field 1 is \"4102444801\""},
        {"1,high,0,50,3500,3500,20", "field 2 is \"high\", expected a pack voltage of 0 to 1600 V"},
        {"1,7,inf,50,3500,3500,20", "field 3 is \"inf\""},
        {"1,7,0,100.5,3500,3500,20", "field 4 is \"100.5\""},
        {"1,7,0,50,70000,3500,20", "field 5 is \"70000\", expected a cell voltage of 0 to 8190 mV"},
        {"1,7,0,50,3500,-5,20", "field 6 is \"-5\""},
        {"1,7,0,50,0x10,3500,20", "field 5 is \"0x10\""},
        {"1,7,0,50,3500,3500,warm", "field 7 is \"warm\", expected a temperature"},
        {"1,7,0,50,---,3500,20", "field 5 is \"---\""},
    };
    for (size_t i = 0; i < VB_COUNT_OF(broken); i++) {
        char content[512];
        (void)snprintf(content, sizeof content,
                       "%s0,7,0,50,3500,3500,20\n%s\n2,7,0,50,3501,3500,20\n", HEADER,
                       broken[i].row);
        struct vb_source *source = open_content(content);
        next(source, 0);
        assert_int_equal(vb_source_skipped(source)->count, 0);
        const struct vb_reading reading = next(source, 2000);
        assert_int_equal(reading.cell_mv[0], 3501);
        assert_int_equal(reading.sequence, 2);
        const struct vb_source_skipped *skipped = vb_source_skipped(source);
        assert_int_equal(skipped->count, 1);
        assert_int_equal(skipped->line, 3);
        if (strstr(skipped->reason.text, broken[i].reason) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", skipped->reason.text, broken[i].reason);
        expect_end(source);
        vb_source_close(source);
    }
}

static void a_zero_byte_breaks_its_row_alone(void **state)
{
    (void)state;
    static const char content[] =
        HEADER "0,7,0,50,3500,3500,20\n1,7,0,\0,3500,3500,20\n2,7,0,50,3501,3500,20\n";
    write_bytes(content, sizeof content - 1);
    struct vb_source *source = open_text(source_text, false);
    next(source, 0);
    next(source, 2000);
    assert_int_equal(vb_source_skipped(source)->line, 3);
    vb_source_close(source);
}

static void a_file_that_loses_its_rows_while_it_is_looped_fails_and_says_so(void **state)
{
    (void)state;
    write_bytes(HEADER "0,7,0,50,3500,3500,20\n", sizeof HEADER - 1 + 22);
    struct vb_source *source = open_text(source_text, true);
    next(source, 0);
    write_bytes(HEADER, sizeof HEADER - 1);
    struct vb_reading reading;
    uint64_t at_ms = 0;
    enum vb_source_result result = VB_SOURCE_READING;
    for (int i = 0; i < 3 && result == VB_SOURCE_READING; i++)
        result = vb_source_next(source, &reading, &at_ms);
    assert_int_equal(result, VB_SOURCE_FAILED);
    assert_non_null(strstr(vb_source_error(source), "has no usable row left"));
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_FAILED);
    vb_source_close(source);
}

static void values_not_recorded_are_unknown_and_missing_cells_keep_their_place(void **state)
{
    (void)state;
    struct vb_source *source = open_content(HEADER "0,,,,,3500,\n1,0.0,-0.0,0,0,8190,-40.04\n");
    struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.flags, VB_READING_TOGETHER);
    assert_int_equal(reading.cell_count, 2);
    assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(reading.cell_mv[1], 3500);
    assert_int_equal(reading.temp_count, 1);
    assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);

    reading = next(source, 1000);
    assert_int_equal(reading.flags,
                     VB_READING_TOGETHER | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
    assert_int_equal(reading.pack_mv, 0);
    assert_int_equal(reading.current_ma, 0);
    assert_int_equal(reading.soc_permille, 0);
    assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(reading.cell_mv[1], 8190);
    assert_int_equal(reading.temp_dc[0], -400);
    vb_source_close(source);
}

static void the_files_discharge_is_our_negative_current(void **state)
{
    (void)state;
    struct vb_source *source = open_content(HEADER "0,373.2,21.5,72.04,3500,3500,20\n"
                                                   "1,373.2,-3.25,72.04,3500,3500,20\n");
    const struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.current_ma, -21500);
    assert_int_equal(reading.pack_mv, 373200);
    assert_int_equal(reading.soc_permille, 720);
    assert_int_equal(reading.temp_dc[0], 200);
    assert_int_equal(next(source, 1000).current_ma, 3250);
    vb_source_close(source);
}

static void foreign_line_ends_marks_and_spaces_are_tolerated(void **state)
{
    (void)state;
    struct vb_source *source =
        open_content("\xEF\xBB\xBF\r\nt_s,pack_v,pack_a,soc_pct,c01_mv,c02_mv,t01_c\r\n\r\n"
                     "0, 7 ,0,50,3500,\t3501,20\r\n1,7,0,50,3502,3503,20");
    assert_int_equal(next(source, 0).cell_mv[1], 3501);
    assert_int_equal(next(source, 1000).cell_mv[1], 3503);
    expect_end(source);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

static void quoted_fields_are_read_and_one_that_does_not_end_breaks_its_row(void **state)
{
    (void)state;
    struct vb_source *source =
        open_content("\"t_s\",pack_v,pack_a,soc_pct, \"c01_mv\" ,c02_mv,t01_c\n"
                     "0,\"7\",0,50,\"3500\",3501,\"\"\n"
                     "1,7,0,50,\"3500,3501,20\n"
                     "2,7,0,50,\"35\"00,3501,20\n"
                     "3,7,0,50,3500,\"35\"\"00\",20\n"
                     "4,7,0,50,3502,3503,20\n");
    const struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.pack_mv, 7000);
    assert_int_equal(reading.cell_mv[0], 3500);
    assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);
    assert_int_equal(next(source, 4000).cell_mv[1], 3503);
    const struct vb_source_skipped *skipped = vb_source_skipped(source);
    assert_int_equal(skipped->count, 3);
    assert_non_null(strstr(skipped->reason.text, "line 5, field 6 is \"35\"00\""));
    vb_source_close(source);

    source = open_content(HEADER "0,7,0,50,3500,3501,20\n1,7,0,50,\"3500,3501,20\n"
                                 "2,7,0,50,3502,3503,20\n");
    next(source, 0);
    next(source, 2000);
    assert_string_equal(vb_source_skipped(source)->reason.text,
                        "line 3, field 5 begins with a quote and does not end with one");
    vb_source_close(source);
}

static void semicolons_with_decimal_commas_and_tabs_are_understood(void **state)
{
    (void)state;
    struct vb_source *source = open_content("t_s;pack_v;pack_a;soc_pct;c01_mv;c02_mv;t01_c\n"
                                            "0,5;7,25;-1,5;50;3500;3501;20,5\n"
                                            "1.5;7.25;-1.5;50;;3501; \n"
                                            "2,5;7,2,5;0;50;3500;3501;20\n"
                                            "3,5;7;0;50;3500;3501;20\n");
    struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.pack_mv, 7250);
    assert_int_equal(reading.current_ma, 1500);
    assert_int_equal(reading.temp_dc[0], 205);
    reading = next(source, 1000);
    assert_int_equal(reading.pack_mv, 7250);
    assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);
    next(source, 3000);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text, "field 2 is \"7,2,5\""));
    vb_source_close(source);

    source = open_content("t_s\tpack_v\tc01_mv\tc02_mv\n0\t\t3500\t3501\n1\t7,5\t3500\t3502\n");
    reading = next(source, 0);
    assert_int_equal(reading.flags & VB_READING_HAS_VOLTAGE, 0);
    assert_int_equal(reading.cell_mv[0], 3500);
    assert_int_equal(next(source, 1000).pack_mv, 7500);
    vb_source_close(source);

    expect_refused("t_s,pack_v,pack_a,soc_pct,c01_mv\n0,5,7,1,50,3500\n", "has 6 fields");
}

static void separators_at_the_end_of_header_or_row_are_no_fields(void **state)
{
    (void)state;
    struct vb_source *source = open_content("t_s,pack_v,pack_a,soc_pct,c01_mv,c02_mv,t01_c,,\n"
                                            "0,7,0,50,3500,3500,20\n"
                                            "1,7,0,50,3501,3500,20,\n"
                                            "2,7,0,50,3502,3500,20,,,,\n"
                                            "3,7,0,50,3503,3500,20,,,1\n");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(next(source, i * UINT64_C(1000)).cell_mv[0], 3500 + i);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 1);
    vb_source_close(source);
}

static void cells_in_volts_are_distinguished_from_millivolts(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "t_s,pack_v,pack_a,soc_pct,c01_v,c02_v,t01_c\n0,7,0,50,3.5004,3.7,20\n"
        "1,7,0,50,,65.535,20\n2,7,0,50,9,3.5,20\n",
        HEADER "0,7,0,50,3.5004,3.7,20\n1,7,0,50,,65.535,20\n2,7,0,50,9,3.5,20\n",
    };
    for (size_t i = 0; i < VB_COUNT_OF(contents); i++) {
        struct vb_source *source = open_content(contents[i]);
        struct vb_reading reading = next(source, 0);
        assert_int_equal(reading.cell_mv[0], 3500);
        assert_int_equal(reading.cell_mv[1], 3700);
        assert_int_equal(reading.pack_mv, 7000);
        reading = next(source, 1000);
        assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
        assert_int_equal(reading.cell_mv[1], VB_CELL_NOT_AVAILABLE);
        expect_end(source);
        assert_int_equal(vb_source_skipped(source)->count, 1);
        assert_non_null(strstr(vb_source_skipped(source)->reason.text, "line 4, field 5 is \"9\""));
        const bool said = strstr(vb_source_describe(source).text, "its cells are in V") != NULL;
        assert_int_equal(said, i == 1);
        vb_source_close(source);
    }
    /* A pack of dead cells is in mV as soon as one cell is not. */
    struct vb_source *source =
        open_content(HEADER "0,7,0,50,3,4,20\n1,7,0,50,3,4,20\n2,7,0,50,3,3500,20\n");
    assert_int_equal(next(source, 0).cell_mv[0], 3);
    vb_source_close(source);
}

static void a_wide_time_since_1970_is_the_wall_time(void **state)
{
    (void)state;
    struct vb_source *source = open_content(HEADER "1700000000.5,7,0,50,3500,3500,20\n"
                                                   "1700000002.5,7,0,50,3501,3500,20\n");
    assert_int_equal(next(source, 0).wall_ms, 1700000000500);
    assert_int_equal(next(source, 2000).wall_ms, 1700000002500);
    vb_source_close(source);
    /* Of the day, or since a start more than a day ago, it is not. */
    source = open_content(HEADER "86399,7,0,50,3500,3500,20\n86401,7,0,50,3501,3500,20\n");
    assert_int_equal(next(source, 0).wall_ms, 0);
    assert_int_equal(next(source, 2000).wall_ms, 0);
    vb_source_close(source);
}

static void a_file_of_another_source_is_refused_naming_that(void **state)
{
    (void)state;
    static const char *const logs[] = {
        "(1795372800.004429) can0 7BB#10C661020FCC0FCC\n",
        " (000.012004)  can0  7BB   [8]  10 C6 61 02 0F CC 0F CC\n",
        "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2\n166064000,000007BB,false,Rx,0,2,10,C6,\n",
        ";CANARY V2.3\n0000.511378 000007BB 00 2 10 C6\n",
        "7BB10C661020FCC0FCC\r7BB210FCC\r",
    };
    for (size_t i = 0; i < VB_COUNT_OF(logs); i++)
        expect_refused(logs[i], "this is read with --source candump:FILE");
    expect_refused("{\"voltbeacon_recording\":1,\"mac\":null}\n",
                   "this is read with --source recording:FILE");
    expect_refused("time,voltage\n1,2\n", "files that are read are of LeafSpy Pro");
}

/* Lines that give no reading, much more than one call may look at. */
static void a_long_stretch_without_a_reading_blocks_nobody(void **state)
{
    (void)state;
    enum { LINES = 20000, LONG_LINE = 3000000 };
    FILE *file = fopen(source_path, "w");
    assert_non_null(file);
    (void)fputs(HEADER "0,7,0,50,3500,3500,20\n", file);
    for (unsigned i = 0; i < LINES; i++)
        (void)fputs(i % 2 == 0 ? "\n" : "broken\n", file);
    for (unsigned i = 0; i < LONG_LINE; i++)
        (void)fputc('1', file);
    (void)fputs("\n1,7,0,50,3501,3500,20\n", file);
    assert_int_equal(fclose(file), 0);
    struct vb_source *source = open_text(source_text, false);
    struct vb_reading reading;
    uint64_t at_ms = 0;
    unsigned later = 0;
    assert_int_equal(vb_source_step(source, &reading, &at_ms), VB_SOURCE_READING);
    enum vb_source_result result;
    while ((result = vb_source_step(source, &reading, &at_ms)) == VB_SOURCE_LATER)
        later++;
    assert_int_equal(result, VB_SOURCE_READING);
    assert_int_equal(reading.cell_mv[0], 3501);
    assert_in_range(later, LINES / 64, LINES);
    assert_int_equal(vb_source_skipped(source)->count, LINES / 2 + 1);
    assert_int_equal(vb_source_skipped(source)->first_line, 4);
    assert_non_null(strstr(vb_source_skipped(source)->first_reason.text, "line 4 has 1 fields"));
    vb_source_close(source);
}

static void a_number_of_more_digits_than_any_recorder_writes_breaks_its_row(void **state)
{
    (void)state;
    struct vb_source *source = open_content(
        HEADER "0,7,0,50,3500,3501,20\n1,7,0,50,3500,00000000000000000000000000000000000000"
               "0000000000000000000000000003501,20\n");
    next(source, 0);
    expect_end(source);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text, "line 3, field 6"));
    vb_source_close(source);
}

static void gaps_are_kept_midnight_is_crossed_and_a_clock_set_back_is_bridged(void **state)
{
    (void)state;
    struct vb_source *source = open_content(HEADER "86390,7,0,50,3500,3500,20\n"
                                                   "86392,7,0,50,3500,3500,20\n"
                                                   "86398.5,7,0,50,3500,3500,20\n"
                                                   "0.5,7,0,50,3500,3500,20\n"
                                                   "30.5,7,0,50,3500,3500,20\n"
                                                   "20.5,7,0,50,3500,3500,20\n"
                                                   "22.5,7,0,50,3500,3500,20\n");
    static const uint64_t due_ms[] = {0, 2000, 8500, 10500, 40500, 42500, 44500};
    assert_int_equal(vb_source_describe(source).interval_ms, 2000);
    for (size_t i = 0; i < VB_COUNT_OF(due_ms); i++)
        next(source, due_ms[i]);
    expect_end(source);
    vb_source_close(source);
}

/* Newest first, or a clock that was set: at what pace it is read would else be anybody's guess. */
static void times_that_go_back_are_reported_with_the_assumed_interval(void **state)
{
    (void)state;
    struct vb_source *source = open_content(HEADER "20,7,0,50,3500,3500,20\n"
                                                   "15,7,0,50,3501,3500,20\n"
                                                   "10,7,0,50,3502,3500,20\n");
    const struct vb_source_description falling = vb_source_describe(source);
    assert_non_null(
        strstr(falling.text, "; its time goes back in line 3 and 1 more, where 1 s is assumed"));
    assert_null(strstr(falling.text, "a row every"));
    vb_source_close(source);

    source = open_content(HEADER "86390,7,0,50,3500,3500,20\n"
                                 "86392.5,7,0,50,3501,3500,20\n"
                                 "20,7,0,50,3502,3500,20\n"
                                 "10,7,0,50,3503,3500,20\n");
    const struct vb_source_description set_back = vb_source_describe(source);
    assert_non_null(strstr(set_back.text, "; its time goes back in line 5, where "));
    vb_source_close(source);

    source = open_content(HEADER "86390,7,0,50,3500,3500,20\n"
                                 "0.5,7,0,50,3501,3500,20\n");
    const struct vb_source_description midnight = vb_source_describe(source);
    assert_null(strstr(midnight.text, "goes back"));
    vb_source_close(source);
}

static void a_loop_continues_at_the_median_interval_and_counts_a_broken_row_once(void **state)
{
    (void)state;
    static const char content[] = HEADER "10,7,0,50,3500,3500,20\n"
                                         "12,7,0,50,3501,3500,20\n"
                                         "broken\n"
                                         "14,7,0,50,3502,3500,20\n"
                                         "30,7,0,50,3503,3500,20\n";
    write_bytes(content, sizeof content - 1);
    struct vb_source *source = open_text(source_text, true);
    static const uint64_t due_ms[] = {0, 2000, 4000, 20000, 22000, 24000, 26000, 42000, 44000};
    for (size_t i = 0; i < VB_COUNT_OF(due_ms); i++) {
        const struct vb_reading reading = next(source, due_ms[i]);
        assert_int_equal(reading.sequence, i + 1);
        assert_int_equal(reading.cell_mv[0], 3500 + i % 4);
    }
    assert_int_equal(vb_source_skipped(source)->count, 1);
    vb_source_close(source);
}

static void the_fixture_is_described_and_read_whole(void **state)
{
    (void)state;
    struct vb_source *source = open_text("csv:" FIXTURE, false);
    const struct vb_source_description description = vb_source_describe(source);
    assert_int_equal(description.cell_count, 96);
    assert_int_equal(description.temp_count, 16);
    assert_int_equal(description.interval_ms, 2400);
    assert_false(description.endless);
    assert_non_null(strstr(description.text, "wide layout"));

    struct vb_reading reading;
    uint64_t at_ms = 0;
    unsigned rows = 0;
    unsigned incomplete = 0;
    while (vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING) {
        rows++;
        incomplete += vb_reading_stats(&reading).available_count < 96;
    }
    assert_int_equal(rows, 60);
    assert_int_equal(incomplete, 4);
    assert_int_equal(at_ms, 58 * 2400 + 28500);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_readable_file_is_refused_with_the_reason),
        cmocka_unit_test(a_file_without_its_source_is_refused_with_how_it_is_named),
        cmocka_unit_test(a_refusal_names_every_source_there_is),
        cmocka_unit_test(an_unreadable_file_is_refused_with_the_reason),
        cmocka_unit_test(a_compressed_file_is_refused_with_what_to_do),
        cmocka_unit_test(an_empty_file_and_one_without_rows_are_refused),
        cmocka_unit_test(binary_content_is_refused),
        cmocka_unit_test(a_line_over_64_kB_is_refused_as_header_and_skipped_as_row),
        cmocka_unit_test(an_unknown_or_damaged_header_is_refused_naming_the_field),
        cmocka_unit_test(columns_of_other_names_are_not_read_and_this_is_reported),
        cmocka_unit_test(lines_before_the_first_of_a_layout_are_passed_over_and_counted),
        cmocka_unit_test(a_value_marked_as_none_is_unknown),
        cmocka_unit_test(more_than_192_cells_or_a_thousand_fields_are_refused),
        cmocka_unit_test(a_broken_row_is_skipped_and_counted_with_line_and_reason),
        cmocka_unit_test(a_zero_byte_breaks_its_row_alone),
        cmocka_unit_test(a_file_that_loses_its_rows_while_it_is_looped_fails_and_says_so),
        cmocka_unit_test(values_not_recorded_are_unknown_and_missing_cells_keep_their_place),
        cmocka_unit_test(the_files_discharge_is_our_negative_current),
        cmocka_unit_test(foreign_line_ends_marks_and_spaces_are_tolerated),
        cmocka_unit_test(quoted_fields_are_read_and_one_that_does_not_end_breaks_its_row),
        cmocka_unit_test(semicolons_with_decimal_commas_and_tabs_are_understood),
        cmocka_unit_test(separators_at_the_end_of_header_or_row_are_no_fields),
        cmocka_unit_test(cells_in_volts_are_distinguished_from_millivolts),
        cmocka_unit_test(a_wide_time_since_1970_is_the_wall_time),
        cmocka_unit_test(a_file_of_another_source_is_refused_naming_that),
        cmocka_unit_test(a_long_stretch_without_a_reading_blocks_nobody),
        cmocka_unit_test(a_number_of_more_digits_than_any_recorder_writes_breaks_its_row),
        cmocka_unit_test(gaps_are_kept_midnight_is_crossed_and_a_clock_set_back_is_bridged),
        cmocka_unit_test(times_that_go_back_are_reported_with_the_assumed_interval),
        cmocka_unit_test(a_loop_continues_at_the_median_interval_and_counts_a_broken_row_once),
        cmocka_unit_test(the_fixture_is_described_and_read_whole),
    };
    return cmocka_run_group_tests(tests, make_csv, remove_file);
}
