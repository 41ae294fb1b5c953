/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/word.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/near_miss.h"

int dsfit_word(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (!strcasecmp(names[i], word))
			return i;
	return -1;
}

int dsfit_parse_word(const char *const *names, const char *word, struct dsfit_error *err)
{
	char accepted[256] = "", near[DSFIT_NEAR_TEXT];
	int found = dsfit_word(names, word);

	if (found >= 0)
		return found;
	for (int i = 0; names[i]; i++) {
		size_t length = strlen(accepted);

		snprintf(accepted + length, sizeof(accepted) - length, "%s%s", i ? ", " : "",
			 names[i]);
	}
	return dsfit_fail(err, "%s: %smust be one of %s", word, dsfit_near_word(names, word, near),
			  accepted);
}

enum any { ANY };

/* Not so with -fshort-enums. */
_Static_assert(sizeof(enum any) == sizeof(unsigned), "enums are as wide as unsigned");

int dsfit_parse_enum(const char *const *names, const char *word, void *value,
		     struct dsfit_error *err)
{
	int found = dsfit_parse_word(names, word, err);
	unsigned position = (unsigned)found;

	if (found < 0)
		return -1;
	memcpy(value, &position, sizeof(position));
	return 0;
}
