/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld holds its locks while a list is read, and a user may have forged it: "[0-999999999]" is
 * short and means a thousand million names. So no list is ever written out. Whether a name is in a
 * list is found by comparing the name with the list's text, and the name at a place by arithmetic,
 * as the digits of a number are found: the last bracket counts fastest.
 *
 * The syntax is that of Slurm's hostlist functions, scontrol(1) "show hostnames".
 */
#include "core/base/hosts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/size.h"

/* With so few, a name can be compared with them in every way that its digits can be cut. */
enum { BRACKETS_MAX = 4, DIGITS_MAX = 9 };

/* A part of a text. */
struct span {
	const char *at, *end;
};

/* A range of numbers, written with at least `width` digits. */
struct range {
	uint64_t first, last;
	size_t width;
};

/* Take the next name from the list: what is before a comma outside of brackets. */
static bool next_entry(const char **list, struct span *entry)
{
	const char *c = *list;
	bool inside = false;

	if (!*c)
		return false;
	for (entry->at = c; *c && (inside || *c != ','); c++)
		inside = *c == '[' || (inside && *c != ']');
	entry->end = c;
	*list = c + (*c == ',');
	return true;
}

static size_t count_digits(const char *at)
{
	return strspn(at, "0123456789");
}

/* Take a number of at most DIGITS_MAX digits. Returns how many it has; 0: it is none. */
static size_t take_number(const char **at, uint64_t *number)
{
	size_t digits = count_digits(*at);

	if (digits > DIGITS_MAX)
		return 0;
	*number = 0;
	for (size_t i = 0; i < digits; i++)
		*number = *number * 10 + (uint64_t)((*at)[i] - '0');
	*at += digits;
	return digits;
}

/* Take the next range of a bracket. `at` is behind "[" or a comma, and gets behind the comma, or to
 * the "]". Returns false if there is none. */
static bool next_range(const char **at, struct range *range)
{
	range->width = take_number(at, &range->first);
	range->last = range->first;
	if (!range->width)
		return false;
	if (**at == '-') {
		++*at;
		if (!take_number(at, &range->last) || range->last < range->first)
			return false;
	}
	if (**at != ',')
		return **at == ']';
	return *++*at != ']';
}

/* How many numbers a bracket has; 0: it is no bracket. *at gets behind it. */
static uint64_t count_bracket(const char **at)
{
	uint64_t count = 0;
	struct range range;

	for (++*at; next_range(at, &range);) {
		count += range.last - range.first + 1;
		if (**at == ']') {
			++*at;
			return count;
		}
	}
	return 0;
}

/* How many names an entry is; 0: it is not understood. */
static uint64_t count_entry(struct span entry)
{
	uint64_t count = entry.at < entry.end;
	unsigned brackets = 0;

	while (entry.at < entry.end && count) {
		if (*entry.at == '[') {
			count = ++brackets > BRACKETS_MAX ?
				0 : dsfit_mul(count, count_bracket(&entry.at));
		} else if (isalnum((unsigned char)*entry.at) || strchr("-_.", *entry.at)) {
			entry.at++;
		} else {
			return 0;
		}
	}
	return count;
}

bool dsfit_hosts_count(const char *list, uint64_t *count)
{
	struct span entry;
	uint64_t names;

	*count = 0;
	if (!*list || strnlen(list, DSFIT_HOSTS_MAX) == DSFIT_HOSTS_MAX ||
	    list[strlen(list) - 1] == ',')
		return false;
	while (next_entry(&list, &entry)) {
		names = count_entry(entry);
		if (!names)
			return false;
		*count = dsfit_add(*count, names);
	}
	return true;
}

static void spend(uint64_t *work, const char *from, const char *to)
{
	*work = dsfit_sub(*work, (uint64_t)(to - from));
}

/* Whether a bracket has the number that is written in so many digits. *at gets behind it. */
static bool bracket_has(const char **at, const char *digits, size_t length, uint64_t *work)
{
	const char *begin = *at;
	uint64_t number = 0;
	struct range range;
	bool found = false;

	for (size_t i = 0; i < length; i++)
		number = number * 10 + (uint64_t)(digits[i] - '0');
	for (++*at; next_range(at, &range);) {
		found |= number >= range.first && number <= range.last &&
			 (length == range.width || (length > range.width && digits[0] != '0'));
		if (**at == ']')
			break;
	}
	++*at;
	spend(work, begin, *at);
	return found;
}

static bool is_name(struct span entry, const char *name, uint64_t *work);

/* The same for an entry that begins with a bracket. */
static bool begins_with_number(struct span entry, const char *name, uint64_t *work)
{
	const char *behind = strchr(entry.at, ']') + 1;
	bool more = behind < entry.end && (*behind == '[' || isdigit((unsigned char)*behind));
	size_t most = count_digits(name), least = more ? 1 : dsfit_max(1, most);

	/* All of the digits are the number, unless digits may follow it. */
	for (size_t length = dsfit_min(most, DIGITS_MAX); length >= least && *work; length--) {
		struct span rest = entry;

		if (bracket_has(&rest.at, name, length, work) &&
		    is_name(rest, name + length, work))
			return true;
	}
	return false;
}

/* Whether the name is one of an entry's. */
static bool is_name(struct span entry, const char *name, uint64_t *work)
{
	for (; entry.at < entry.end; entry.at++, name++) {
		if (*entry.at == '[')
			return begins_with_number(entry, name, work);
		if (*entry.at != *name)
			return false;
	}
	return !*name;
}

bool dsfit_hosts_have(const char *list, const char *name, uint64_t *work)
{
	struct span entry;
	bool found = false;

	while (!found && *work && next_entry(&list, &entry)) {
		spend(work, entry.at, entry.end + 1);
		found = is_name(entry, name, work);
	}
	return found && *work;
}

/* Write the number at a place in a bracket. *at gets behind the bracket. Returns its length. */
static int put_number(const char **at, uint64_t index, char *out, size_t room)
{
	struct range range;
	int length = 0;

	for (++*at; next_range(at, &range);) {
		uint64_t count = range.last - range.first + 1;

		if (!length && index < count)
			length = snprintf(out, room, "%0*llu", (int)range.width,
					  (unsigned long long)(range.first + index));
		index -= dsfit_min(index, count);
		if (**at == ']')
			break;
	}
	++*at;
	return length;
}

/* Write the name at a place in an entry, of which there are `count`. */
static bool put_name(struct span entry, uint64_t count, uint64_t index, char name[DSFIT_NAME_MAX])
{
	size_t length = 0;

	while (entry.at < entry.end) {
		const char *end = entry.at;
		char number[DIGITS_MAX + 1];
		int digits = 1;

		if (*entry.at == '[') {
			count /= count_bracket(&end);
			digits = put_number(&entry.at, index / count, number, sizeof(number));
			index %= count;
		} else {
			number[0] = *entry.at++;
		}
		if (length + (size_t)digits >= DSFIT_NAME_MAX)
			return false;
		memcpy(name + length, number, (size_t)digits);
		length += (size_t)digits;
	}
	name[length] = '\0';
	return true;
}

bool dsfit_hosts_name(const char *list, uint64_t index, char name[DSFIT_NAME_MAX])
{
	struct span entry;

	while (next_entry(&list, &entry)) {
		uint64_t count = count_entry(entry);

		if (index < count)
			return count < UINT64_MAX && put_name(entry, count, index, name);
		index -= count;
	}
	return false;
}
