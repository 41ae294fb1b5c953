/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of memory to scale: the lengths of parts, the mark of the capacity, bars that are cut,
 * and SVG that must be valid XML.
 */
#include <ctype.h>
#include <math.h>

#include "core/base/size.h"
#include "core/say/picture_svg.h"
#include "tests/unit/unit.h"

#define GIB(n) ((uint64_t)(n) * DSFIT_GIB)

static const char letters[DSFIT_BAR_PARTS + 1] = "wgocalfsor";

/* Bars of all kinds: with room, without room, too large, empty, of one part, saturated. */
static const struct dsfit_bar bars[] = {
	{ { GIB(6), GIB(12), GIB(36), GIB(1), 0, 0, GIB(2), GIB(7) }, GIB(51), GIB(74), GIB(39) },
	{ { GIB(6), GIB(12), GIB(36), GIB(1), 0, 0, GIB(2), GIB(7) }, GIB(51), GIB(74), GIB(80) },
	{ { GIB(1), GIB(1), GIB(1), GIB(1), GIB(1), GIB(1), GIB(1), GIB(1) },
	  GIB(7), GIB(9), GIB(8) },
	{ { GIB(10) }, GIB(10), GIB(10), 0 },
	{ { 0 }, 0, 0, GIB(80) },
	{ { 0 }, 0, 0, 0 },
	{ { 1, 0, 0, 0, 0, 0, 0, GIB(100) }, GIB(90), GIB(120), 1 },
	{ { UINT64_MAX, UINT64_MAX, UINT64_MAX }, UINT64_MAX, UINT64_MAX, GIB(80) },
	{ { [DSFIT_BAR_OFFLOADED] = GIB(200), [DSFIT_BAR_REST] = GIB(41) },
	  GIB(210), GIB(300), GIB(500) },
};

static char *draw(const struct dsfit_bar *bar, unsigned cells, uint64_t scale,
		  const struct dsfit_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	dsfit_put_bar(out, bar, cells, scale, style);
	ck_assert(!fclose(out));
	return text;
}

static char *picture(const struct dsfit_bar *bar, const struct dsfit_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	dsfit_put_picture(out, bar, style);
	ck_assert(!fclose(out));
	return text;
}

/* Columns of a line: colours take none, a UTF-8 character one. */
static unsigned columns(const char *line, size_t length)
{
	unsigned count = 0;

	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\033') {
			i += strcspn(line + i, "m");
			continue;
		}
		count += ((unsigned char)line[i] & 0xc0) != 0x80;
	}
	return count;
}

static void assert_ascii(const char *text)
{
	for (; *text; text++)
		ck_assert_msg(*text == '\n' || isprint((unsigned char)*text), "byte %#x in:\n%s",
			      (unsigned char)*text, text);
}

static void assert_narrow(const char *text, unsigned width)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		ck_assert_msg(columns(text, length) <= width, "%u columns of %u:\n%.*s",
			      columns(text, length), width, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

/* The number of columns that have the letter of a part up to `part`. */
static unsigned count_to(const char *text, int part)
{
	unsigned count = 0;

	for (; *text; text++)
		for (int i = 0; i <= part; i++)
			if (*text == letters[i]) {
				count++;
				break;
			}
	return count;
}

/* Every part, and every sum of parts, is right to within one column. */
START_TEST(lengths)
{
	const struct dsfit_bar *bar = &bars[_i];
	const struct dsfit_style style = { .width = 80 };
	uint64_t scale = dsfit_bar_extent(bar);

	for (unsigned cells = 1; cells <= 200; cells++) {
		char *text = draw(bar, cells, scale, &style);
		double sum = 0, before = 0;
		unsigned drawn = 0;

		assert_ascii(text);
		ck_assert_uint_eq(strlen(text), cells + 1);
		for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
			double exact = (double)bar->part[part] / (double)scale * cells;
			unsigned count;

			/* Bars of GPU and of host memory share the letter "o". */
			if (part == DSFIT_BAR_OFFLOADED && !bar->part[part])
				break;
			before = sum;
			sum = fmin(sum + exact, cells);
			count = bar->part[DSFIT_BAR_OFFLOADED] && part < DSFIT_BAR_OFFLOADED ?
				0 : count_to(text, part);
			ck_assert_msg(fabs(count - sum) <= 0.51, "%u cells, %s: %u, not %f\n%s",
				      cells, dsfit_bar_part_names[part], count, sum, text);
			ck_assert_double_le(fabs(count - drawn - (sum - before)), 1.02);
			drawn = count;
		}
		free(text);
	}
}
END_TEST

/* The mark is where the capacity is, and takes a column of its own. */
START_TEST(mark)
{
	const struct dsfit_bar *bar = &bars[_i];
	const struct dsfit_style style = { .width = 80 };
	uint64_t scale = dsfit_bar_extent(bar);

	for (unsigned cells = 1; cells <= 200; cells++) {
		char *text = draw(bar, cells, scale, &style), *at = strchr(text, '|');

		if (!bar->capacity) {
			ck_assert_ptr_null(at);
		} else {
			double exact = (double)bar->capacity / (double)scale * cells;

			ck_assert_msg(at != NULL, "no mark: %s", text);
			ck_assert_double_le(fabs((double)(at - text) - exact), 0.51);
			ck_assert_ptr_null(strchr(at + 1, '|'));
		}
		free(text);
	}
}
END_TEST

static const struct drawn {
	struct dsfit_bar bar;
	unsigned cells;
	uint64_t scale;
	const char *text;
} drawn[] = {
	{ { { 4, 4, 4 }, 10, 14, 16 }, 16, 16, "wwwwggggoooo~~  |" },
	{ { { 4, 4, 4 }, 10, 14, 6 }, 16, 16, "wwwwgg|ggoooo~~  " },
	{ { { 4, 4, 4 }, 10, 14, 12 }, 16, 16, "wwwwggggoooo|~~  " },
	{ { { 4, 4, 4 }, 10, 14, 0 }, 16, 16, "wwwwggggoooo~~   " },
	{ { { 4, 4, 4 }, 10, 14, 4 }, 8, 8, "wwww|ggg>" },
	{ { { 4, 4, 4 }, 10, 12, 4 }, 12, 12, "wwww|ggggoooo" },
	{ { { 4, 4, 0, 0, 0, 0, 2 }, 8, 12, 16 }, 8, 16, "wwggf~  |" },
	{ { { 40 }, 40, 40, 40 }, 4, 10, "www>|" },
};

START_TEST(as_drawn)
{
	const struct drawn *d = &drawn[_i];
	char *text = draw(&d->bar, d->cells, d->scale, &(struct dsfit_style){ .width = 80 });

	ck_assert_str_eq(text, d->text);
	free(text);
}
END_TEST

/* A terminal gets only what it can show. */
START_TEST(styles)
{
	const struct dsfit_bar *bar = &bars[_i];

	for (unsigned width = 0; width <= 200; width++)
		for (int kind = 0; kind < 4; kind++) {
			const struct dsfit_style style = {
				.width = width, .utf8 = kind & 1, .colour = kind & 2,
			};
			char *text = picture(bar, &style);

			assert_narrow(text, width < DSFIT_WIDTH_MIN ? DSFIT_WIDTH_MIN : width);
			ck_assert_int_eq(strchr(text, '\033') != NULL,
					 style.colour && (bar->capacity || bar->part[0]));
			if (!style.utf8 && !style.colour)
				assert_ascii(text);
			if (style.utf8 && bar->capacity)
				ck_assert_ptr_nonnull(strstr(text, "\u2502"));
			free(text);
		}
}
END_TEST

/* Without its colours a picture is the same. */
START_TEST(colours_add_nothing)
{
	const struct dsfit_style plain = { .width = 80 };
	const struct dsfit_style coloured = { .width = 80, .colour = true };
	char *text = picture(&bars[_i], &plain), *other = picture(&bars[_i], &coloured);
	char *to = other;

	for (char *from = other; *from; from++) {
		if (*from == '\033') {
			from += strcspn(from, "m");
			continue;
		}
		*to++ = *from;
	}
	*to = '\0';
	ck_assert_str_eq(text, other);
	free(other);
	free(text);
}
END_TEST

START_TEST(legend)
{
	const struct dsfit_style style = { .width = 80 };
	char *text = picture(&bars[0], &style);

	ck_assert_ptr_nonnull(strstr(text, "w weights 6 GiB"));
	ck_assert_ptr_nonnull(strstr(text, "o optimizer 36 GiB"));
	ck_assert_ptr_nonnull(strstr(text, "| available: 39 GiB"));
	ck_assert_ptr_nonnull(strstr(text, "range of the estimate <"));
	ck_assert_ptr_null(strstr(text, "activations"));
	free(text);
}
END_TEST

/* A chart of the bars with a capacity of 80 GiB. */
static void make_rows(struct dsfit_chart_row rows[4], struct dsfit_chart *chart)
{
	static const struct dsfit_bar of[] = {
		{ { GIB(30), GIB(60), GIB(120), GIB(9) }, GIB(200), GIB(240), GIB(80) },
		{ { GIB(30), GIB(60), GIB(420), GIB(9) }, GIB(500), GIB(540), GIB(80) },
		{ { GIB(15), GIB(30), GIB(60), GIB(9) }, GIB(100), GIB(120), GIB(80) },
		{ { GIB(5), GIB(9), GIB(10), GIB(9) }, GIB(30), GIB(36), GIB(80) },
	};
	static const char *const verdicts[] = { "exceeds", "exceeds", "exceeds", "fits" };

	for (size_t i = 0; i < 4; i++)
		rows[i] = (struct dsfit_chart_row){ 1u << (2 * i), of[i], verdicts[i], i == 2 };
	*chart = (struct dsfit_chart){
		.title = "7B <on> \"4\" & more: \xc3\xa4, \xff, \x01", .axis = "GPUs",
		.card = "A100 80GB", .row = rows, .count = 4,
	};
}

START_TEST(chart)
{
	struct dsfit_chart_row rows[4];
	struct dsfit_chart it;

	make_rows(rows, &it);
	it.title = "title";
	ck_assert_uint_eq(dsfit_chart_scale(&it), GIB(240));
	for (unsigned width = 40; width <= 200; width++) {
		const struct dsfit_style style = { .width = width };
		char *text = dsfit_chart_text(&it, &style), *line = text;
		long column = -1;
		int marks = 0;

		ck_assert_ptr_nonnull(text);
		assert_ascii(text);
		assert_narrow(text, width);
		/* The mark is in one column from the first row to the foot, which explains it. */
		for (; line; line = strchr(line, '\n')) {
			const char *at = strchr(line += *line == '\n', '|');

			if (!at || at > line + strcspn(line, "\n"))
				continue;
			ck_assert(column < 0 || at - line == column);
			column = at - line;
			marks++;
		}
		ck_assert_int_eq(marks, 5);
		ck_assert_ptr_nonnull(strstr(text, "80 GiB, A100 80GB"));
		ck_assert_ptr_nonnull(strstr(text, "\n*   16 "));
		ck_assert_ptr_nonnull(strstr(text, "> longer than shown"));
		free(text);
	}
}
END_TEST

/* The ">" that ends the tag at `at`; NULL if there is none. */
static const char *tag_end(const char *at)
{
	while (*at && *at != '>') {
		if (*at == '<')
			return NULL;
		if (*at == '"') {
			at += 1 + strcspn(at + 1, "\"<");
			if (*at != '"')
				return NULL;
		}
		at++;
	}
	return *at ? at : NULL;
}

/* Assert that tags are nested correctly and that all text is escaped. */
static void assert_xml(const char *text)
{
	const char *open[16];
	int depth = 0, elements = 0;

	ck_assert_ptr_nonnull(text);
	for (const char *at = text; *at; at++) {
		const char *end;
		size_t name;

		if (*at == '&')
			ck_assert_msg(!strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) ||
				      !strncmp(at, "&amp;", 5) || !strncmp(at, "&quot;", 6),
				      "a bare &: %.40s", at);
		ck_assert_msg(*at == '\n' || *at == '\t' || (unsigned char)*at >= ' ',
			      "a control character before: %.40s", at + 1);
		ck_assert_uint_ne((unsigned char)*at, 0xff);
		if (*at != '<' || at[1] == '?')
			continue;
		end = tag_end(at + 1);
		ck_assert_msg(end != NULL, "no tag: %.40s", at);
		if (at[1] == '/') {
			ck_assert_int_gt(depth--, 0);
			name = strcspn(open[depth], " />");
			ck_assert_msg(!strncmp(at + 2, open[depth], name) && at[2 + name] == '>',
				      "%.20s closes %.20s", at, open[depth]);
		} else if (end[-1] != '/') {
			ck_assert_int_lt(depth, 16);
			open[depth++] = at + 1;
			elements++;
		}
		at = end;
	}
	ck_assert_int_eq(depth, 0);
	ck_assert_int_gt(elements, 4);
}

static int count(const char *text, const char *word)
{
	int found = 0;

	while ((text = strstr(text, word))) {
		found++;
		text++;
	}
	return found;
}

/* Where a line of this class is that crosses a chart's plot. */
static double height_of_line(const char *text, const char *class)
{
	double x1, y1, x2, y2;
	char is[16];

	for (; (text = strstr(text, "<line ")); text++)
		if (sscanf(text, "<line x1=\"%lf\" y1=\"%lf\" x2=\"%lf\" y2=\"%lf\" "
			   "class=\"%15[a-z]", &x1, &y1, &x2, &y2, is) == 5 && !strcmp(is, class) &&
		    x1 == 72 && x2 == 760 - 16 && y1 == y2)
			return y1;
	ck_abort_msg("no line of class %s", class);
	return 0;
}

START_TEST(chart_svg)
{
	struct dsfit_chart_row rows[4];
	struct dsfit_chart it;
	char *text;

	make_rows(rows, &it);
	text = dsfit_chart_svg(&it);
	ck_assert_ptr_nonnull(text);
	assert_xml(text);
	ck_assert_ptr_nonnull(strstr(text, "7B &lt;on&gt; &quot;4&quot; &amp; more: \xc3\xa4, ?, "
				     "?"));
	ck_assert_ptr_nonnull(strstr(text, "prefers-color-scheme: dark"));
	ck_assert_ptr_nonnull(strstr(text, ">80 GiB, A100 80GB</text>"));
	ck_assert_ptr_nonnull(strstr(text, ">219 GiB</text>"));
	/* The limit, 80 GiB, crosses the plot, which is 300 high for 240 GiB. */
	ck_assert_double_eq_tol(height_of_line(text, "band") - height_of_line(text, "limit"), 100,
				0.11);
	ck_assert_double_eq_tol(height_of_line(text, "halo"), height_of_line(text, "limit"), 0.01);
	/* Three columns have all four parts. The column that is cut has those within the plot. The
	 * legend has one of each. */
	ck_assert_int_eq(count(text, "class=\"weights\""), 4 + 1);
	ck_assert_int_eq(count(text, "class=\"optimizer\""), 4 + 1);
	ck_assert_int_eq(count(text, "class=\"communication\""), 3 + 1);
	ck_assert_int_eq(count(text, "class=\"activations\""), 0);
	free(text);
}
END_TEST

/* The lengths of a bar's pieces are in proportion to their bytes. */
START_TEST(bars_svg)
{
	const struct dsfit_svg_bar of[] = { { "GPU", bars[0] }, { "a < b", bars[8] } };
	char *text = dsfit_bars_svg("one job", of, 2);
	double x, y, width, height;
	const char *piece;

	ck_assert_ptr_nonnull(text);
	assert_xml(text);
	ck_assert_ptr_nonnull(strstr(text, "a &lt; b"));
	piece = strstr(text, "<rect x=\"16.00\"");
	ck_assert_ptr_nonnull(piece);
	ck_assert_int_eq(sscanf(piece, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\" "
				       "class=\"weights\"", &x, &y, &width, &height), 4);
	ck_assert_double_eq_tol(width, 728.0 * 6 / 74, 0.01);
	free(text);
}
END_TEST

/* Every bar, however absurd, can be drawn and gives XML. */
START_TEST(any_svg)
{
	const struct dsfit_svg_bar one = { "heading", bars[_i] };
	const struct dsfit_chart_row row = { UINT64_MAX, bars[_i], "exceeds, host", true };
	const struct dsfit_chart it = { "title", "tokens", "GPU", &row, 1 };
	const struct dsfit_chart none = { "title", "tokens", "GPU", NULL, 0 };
	char *text[] = { dsfit_bars_svg("title", &one, 1), dsfit_chart_svg(&it),
			 dsfit_chart_svg(&none) };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(text); i++) {
		ck_assert_ptr_nonnull(text[i]);
		assert_xml(text[i]);
		ck_assert_ptr_null(strstr(text[i], "nan"));
		ck_assert_ptr_null(strstr(text[i], "inf"));
		ck_assert_ptr_null(strstr(text[i], "=\"-"));
		free(text[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("picture");
	TCase *tcase = unit_case(suite, "bars");
	int many = DSFIT_ARRAY_SIZE(bars);

	tcase_add_loop_test(tcase, lengths, 0, many);
	tcase_add_loop_test(tcase, mark, 0, many);
	tcase_add_loop_test(tcase, as_drawn, 0, DSFIT_ARRAY_SIZE(drawn));
	tcase_add_loop_test(tcase, styles, 0, many);
	tcase_add_loop_test(tcase, colours_add_nothing, 0, many);
	tcase_add_test(tcase, legend);
	tcase = unit_case(suite, "charts");
	tcase_add_test(tcase, chart);
	tcase = unit_case(suite, "svg");
	tcase_add_test(tcase, chart_svg);
	tcase_add_test(tcase, bars_svg);
	tcase_add_loop_test(tcase, any_svg, 0, many);
	return unit_run(suite);
}
