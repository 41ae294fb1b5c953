/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/near_miss.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * The slips between two texts of at most DSFIT_NEAR_MAX characters. Entry (i, j) of the usual
 * dynamic programming table is the distance between the first i characters of a and the first j of
 * b. Three rows of the table are enough.
 */
static unsigned count_slips(const char *a, const char *b)
{
	unsigned rows[3][DSFIT_NEAR_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned *oldest = before;

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= width; j++) {
			now[j] = least(last[j - 1] + !same(a[i - 1], b[j - 1]),
				       least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[width];
}

void dsfit_near_start(struct dsfit_near *near, const char *word)
{
	size_t length = strlen(word);

	*near = (struct dsfit_near){ .word = word };
	if (length >= 4 && length <= DSFIT_NEAR_MAX)
		near->slips = length <= 5 ? 1 : length <= 10 ? 2 : 3;
}

void dsfit_near_try(struct dsfit_near *near, const char *name, const void *thing)
{
	size_t length = strlen(name), own = strlen(near->word);
	unsigned slips;

	/* Each character that one has more is a slip. */
	if (!near->slips || length > DSFIT_NEAR_MAX ||
	    (length > own ? length - own : own - length) > near->slips)
		return;
	slips = count_slips(near->word, name);
	if (slips > near->slips || (near->best && slips == near->slips && thing == near->thing))
		return;
	near->tie = near->best && slips == near->slips;
	near->best = name;
	near->thing = thing;
	near->slips = slips;
}

const char *dsfit_near_best(const struct dsfit_near *near)
{
	return near->tie ? NULL : near->best;
}

const char *dsfit_near_text(const struct dsfit_near *near, char text[DSFIT_NEAR_TEXT])
{
	const char *best = dsfit_near_best(near);

	*text = '\0';
	if (best)
		snprintf(text, DSFIT_NEAR_TEXT, "did you mean %s? ", best);
	return text;
}

const char *dsfit_near_word(const char *const *names, const char *word,
			    char text[DSFIT_NEAR_TEXT])
{
	struct dsfit_near near;

	dsfit_near_start(&near, word);
	for (int i = 0; names[i]; i++)
		dsfit_near_try(&near, names[i], names[i]);
	return dsfit_near_text(&near, text);
}
