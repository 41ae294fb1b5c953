/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for a terminal: where they break, where they must not, and what is shown of them. */
#include "core/base/error.h"
#include "core/base/wrap.h"
#include "tests/unit/unit.h"

static char *wrapped(const char *text, size_t columns)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	ck_assert_ptr_nonnull(out);
	dsfit_wrap(out, text, columns);
	ck_assert_int_eq(fclose(out), 0);
	return result;
}

START_TEST(test_breaks)
{
	static const struct {
		size_t columns;
		const char *text, *rows;
		size_t count;
	} rows[] = {
		{ 20, "fits: a model\n", "fits: a model\n", 1 },
		{ 20, "", "", 0 },
		{ 20, "no newline", "no newline\n", 1 },
		{ 20, "\n", "\n", 1 },
		{ 0, "a line of any length is left as it is\n",
		  "a line of any length is left as it is\n", 1 },
		{ 20, "twenty columns there\n", "twenty columns there\n", 1 },
		{ 20, "twenty-one columns it\n", "twenty-one columns\n  it\n", 2 },
		/* A number stays with its unit or with what it counts. */
		{ 18, "needed at least 27.8 GiB of 39.4 GiB\n",
		  "needed at least\n  27.8 GiB of\n  39.4 GiB\n", 3 },
		{ 16, "it has exactly 3 nodes ($4.10 an hour)\n",
		  "it has exactly\n  3 nodes\n  ($4.10 an\n  hour)\n", 4 },
		{ 40, "needed for what there is, so says dsfit 12 x 4 cards\n",
		  "needed for what there is, so says dsfit\n  12 x 4 cards\n", 2 },
		{ 40, "needed for what there is, as ever on 12 x 4 cards\n",
		  "needed for what there is, as ever on\n  12 x 4 cards\n", 2 },
		/* Columns count and not bytes, of which UTF-8 characters and colours have more. */
		{ 40, "\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502 "
		      "\033[97;44mwwwwwwwwww\033[0m aaaaaaaaa bbbbbbbb\n",
		  "\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502 "
		  "\033[97;44mwwwwwwwwww\033[0m aaaaaaaaa bbbbbbbb\n", 1 },
		{ 39, "\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502 "
		      "\033[97;44mwwwwwwwwww\033[0m aaaaaaaaa bbbbbbbb\n",
		  "\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502\u2502 "
		  "\033[97;44mwwwwwwwwww\033[0m aaaaaaaaa\n  bbbbbbbb\n", 2 },
		/* The rest of an indented line is indented further. */
		{ 20, "  a reason with an indent\n", "  a reason with an\n    indent\n", 2 },
		/* Options to type stay in one piece, with the words before them. */
		{ 24, "  instead: -p x -N 3 --gpus=4 (27.8 GiB)\n",
		  "  instead: -p x -N 3 --gpus=4 (27.8 GiB)\n", 2 },
		{ 30, "  instead: -p x -N 3 --gpus=4 (27.8 GiB)\n",
		  "  instead: -p x -N 3 --gpus=4\n    (27.8 GiB)\n", 2 },
		{ 24, "corrected: -N 1 -> -N 3 --gpus=4\n", "corrected: -N 1 -> -N 3 --gpus=4\n", 2 },
		/* What stands apart stays so. */
		{ 24, "  9 GiB  --a=b (as much again)\n",
		  "  9 GiB  --a=b (as much\n    again)\n", 2 },
		/* They are not moved to a new row if that does not help. */
		{ 12, "or so: --gpus-per-node=4\n", "or so: --gpus-per-node=4\n", 2 },
		{ 10, "one\ntwo lines too long\n", "one\ntwo lines\n  too long\n", 3 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		char *text = wrapped(rows[i].text, rows[i].columns);

		ck_assert_msg(!strcmp(text, rows[i].rows), "%zu columns: \"%s\"", rows[i].columns,
			      text);
		ck_assert_msg(dsfit_wrap_rows(rows[i].text, rows[i].columns) == rows[i].count,
			      "\"%s\": %zu rows", rows[i].text,
			      dsfit_wrap_rows(rows[i].text, rows[i].columns));
		free(text);
	}
}
END_TEST

/* At any width no word is lost or cut, and a number stays with its unit. */
START_TEST(test_any_width)
{
	static const char text[] = "  network: at least 52.1 Gbps needed per node, the "
				   "given network has 25 Gbps\n";

	for (size_t columns = 1; columns < 80; columns++) {
		char *result = wrapped(text, columns), *word, *rest = result, *of, *words;
		char copy[sizeof(text)];

		memcpy(copy, text, sizeof(text));
		words = copy;
		while ((word = strsep(&rest, " \n"))) {
			if (!*word)
				continue;
			do
				of = strsep(&words, " \n");
			while (of && !*of);
			ck_assert_ptr_nonnull(of);
			ck_assert_str_eq(word, of);
		}
		ck_assert(!words || strspn(words, " \n") == strlen(words));
		free(result);
		result = wrapped(text, columns);
		ck_assert_ptr_nonnull(strstr(result, "52.1 Gbps"));
		ck_assert_ptr_nonnull(strstr(result, "25 Gbps"));
		free(result);
	}
}
END_TEST

/* Characters of UTF-8 are shown, and of what is none, and of controls, each byte as "?". */
START_TEST(test_harmless)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "a\tb\n\033[31m", "a?b??[31m" },
		{ "\u00e9\u2502\U0001f600", "\u00e9\u2502\U0001f600" },
		{ "\xc2\x9b" "31m \xc2\xa0", "??31m \xc2\xa0" },
		{ "\xe9t\xe9 \xe2\x94", "?t? ??" },
		{ "\xc0\xaf \xf5\x80\x80\x80 \x80", "?? ???? ?" },
	};
	char text[64];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		strcpy(text, rows[i].text);
		dsfit_harmless(text);
		ck_assert_str_eq(text, rows[i].shown);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_breaks, test_any_width, test_harmless, NULL };
	Suite *suite = suite_create("wrap");

	unit_add(suite, "wrap", tests);
	return unit_run(suite);
}
