/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/gres.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/size.h"

const char *dsfit_past_gres(const char *text)
{
	return strncmp(text, "gres", 4) || (text[4] != ':' && text[4] != '/') ? text : text + 5;
}

static bool starts_with_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return !strncasecmp(text, word, length) && strchr(":=,(", text[length]);
}

/* Whether the text is a count, such as "8" or "2k": digits, and perhaps one of Slurm's suffixes. */
static bool is_count(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && (!text[digits] || (strchr("kKmMgG", text[digits]) && !text[digits + 1]));
}

/* Read a count, in which k is 1024, m its square and g its cube. */
static int parse_count(const char *text, uint64_t *out)
{
	char digits[24];
	size_t length = strspn(text, "0123456789");
	const char *suffixes = "kmg", *suffix;

	if (length >= sizeof(digits))
		return -1;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (dsfit_parse_number(digits, 0, DSFIT_COUNT_MAX, out, NULL))
		return -1;
	suffix = text[length] ? strchr(suffixes, tolower((unsigned char)text[length])) : NULL;
	for (const char *c = suffixes; suffix && c <= suffix; c++)
		*out = dsfit_mul(*out, 1024);
	return *out <= DSFIT_COUNT_MAX ? 0 : -1;
}

/* Read "[TYPE][:|=COUNT]", `length` characters long: a type, a count, or a type and a count. A type
 * alone means one GPU. Returns 0, or -1 if the text is none of these. */
static int parse_type_count(const char *text, size_t length, struct dsfit_gres_item *item)
{
	char copy[DSFIT_NAME_MAX * 2], *count;

	item->count = 1;
	if (length >= sizeof(copy))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	/* "(S:0-1)" binds to sockets. */
	copy[strcspn(copy, "(")] = '\0';
	count = copy + strlen(copy);
	while (count > copy && count[-1] != ':' && count[-1] != '=')
		count--;
	if (is_count(count)) {
		if (parse_count(count, &item->count))
			return -1;
		copy[count > copy ? count - copy - 1 : 0] = '\0';
	}
	if (strlen(copy) >= sizeof(item->type) || strpbrk(copy, ":=/"))
		return -1;
	/* A type with such a name, once written, could not be told from the prefix. */
	if (!strcasecmp(copy, "gpu") || !strcasecmp(copy, "gres"))
		return -1;
	strcpy(item->type, copy);
	return 0;
}

int dsfit_gres_read_gpus(const char *text, struct dsfit_gres_item *item)
{
	const char *body = dsfit_past_gres(text);

	memset(item, 0, sizeof(*item));
	if (starts_with_word(body, "gpu")) {
		body += strlen("gpu");
		body += *body == ':' || *body == '=';
	}
	return parse_type_count(body, strlen(body), item);
}

int dsfit_gres_next(const char **list, struct dsfit_gres_item *item)
{
	const char *body;
	size_t length;

	memset(item, 0, sizeof(*item));
	while (**list == ',')
		++*list;
	if (!**list)
		return 0;
	length = strcspn(*list, ",");
	item->start = *list;
	item->length = length;
	*list += length;
	body = dsfit_past_gres(item->start);
	item->is_gpu = starts_with_word(body, "gpu");
	item->is_part = starts_with_word(body, "shard") || starts_with_word(body, "mps");
	if (!item->is_gpu)
		return 1;
	body += strlen("gpu");
	if (*body == ':' || *body == '=')
		body++;
	return parse_type_count(body, (size_t)(item->start + length - body), item) ? -1 : 1;
}
