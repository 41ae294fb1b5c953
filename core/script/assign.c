/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/assign.h"

#include <stdio.h>
#include <string.h>

#include "core/script/arithmetic.h"
#include "core/script/expand.h"
#include "core/script/skip.h"

#define ITEMS_MAX 65536

struct assignment {
	struct dsfit_span name, index, value;
	bool has_index, adds, is_list;
};

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static bool take_apart(struct dsfit_span word, struct assignment *a)
{
	const struct dsfit_cell *c = word.begin;

	*a = (struct assignment){ .name = { c, c } };
	while (c < word.end && is_name(c->c, c == word.begin))
		c++;
	a->name.end = c;
	if (c == word.begin)
		return false;
	if (c < word.end && c->c == '[') {
		a->has_index = true;
		a->index.begin = ++c;
		while (c < word.end && c->c != ']')
			c++;
		a->index.end = c;
		c += c < word.end;
	}
	if (c < word.end && c->c == '+') {
		a->adds = true;
		c++;
	}
	if (c >= word.end || c->c != '=')
		return false;
	a->value = (struct dsfit_span){ c + 1, word.end };
	a->is_list = a->value.begin < word.end && a->value.begin->c == '(';
	return true;
}

static const struct dsfit_value *get(struct dsfit_shell *shell, const char *name)
{
	return dsfit_variables_get(&shell->variables, DSFIT_VARIABLE, name);
}

static void set(struct dsfit_shell *shell, const char *name, const struct dsfit_value *value)
{
	dsfit_variables_set(&shell->variables, DSFIT_VARIABLE, name, value);
}

static void set_member(struct dsfit_shell *shell, const char *name, struct dsfit_span key,
		       struct dsfit_cells text)
{
	char full[256];

	snprintf(full, sizeof(full), "%.120s[%.120s]", name, dsfit_span_text(shell->arena, key));
	dsfit_variables_set_text(&shell->variables, DSFIT_VARIABLE, full, text);
}

/* A copy that can be changed; an empty one where nothing is set. */
static struct dsfit_value *copy_of(struct dsfit_shell *shell, const struct dsfit_value *value)
{
	struct dsfit_value *copy = dsfit_arena_take(shell->arena, sizeof(*copy));

	for (size_t i = 0; copy && value && i < value->items.count; i++)
		dsfit_words_add(shell->arena, &copy->items, value->items.at[i]);
	return copy;
}

/* Texts grow by copies, since other values may share them. */
static void set_text(struct dsfit_shell *shell, const struct assignment *a, const char *name)
{
	const struct dsfit_value *before = a->adds ? get(shell, name) : NULL;
	struct dsfit_cells text = { 0 };
	struct dsfit_value *value;

	if (before && before->items.count)
		dsfit_cells_add_span(shell->arena, &text, dsfit_span_of(&before->items.at[0]));
	dsfit_expand_text(shell, a->value, &text);
	if (!before || !before->is_array) {
		dsfit_variables_set_text(&shell->variables, DSFIT_VARIABLE, name, text);
		return;
	}
	value = copy_of(shell, before);
	if (!value || !value->items.count)
		return;
	value->is_array = true;
	value->items.at[0] = text;
	set(shell, name, value);
}

static void set_index(struct dsfit_shell *shell, const struct assignment *a, const char *name)
{
	const struct dsfit_value *before = get(shell, name);
	struct dsfit_cells index = { 0 }, text = { 0 };
	struct dsfit_value *value;
	int64_t number;
	uint32_t from;

	dsfit_expand_text(shell, a->index, &index);
	dsfit_expand_text(shell, a->value, &text);
	if (!dsfit_arithmetic(shell, dsfit_span_of(&index), &number, &from) || number < 0 ||
	    number > (int64_t)(before ? before->items.count : 0)) {
		set_member(shell, name, dsfit_span_of(&index), text);
		return;
	}
	value = copy_of(shell, before);
	if (!value)
		return;
	value->is_array = true;
	if ((uint64_t)number == value->items.count)
		dsfit_words_add(shell->arena, &value->items, text);
	else
		value->items.at[number] = text;
	set(shell, name, value);
}

/* The end of an item of a list, from its begin. */
static const struct dsfit_cell *item_end(const struct dsfit_cell *at, const struct dsfit_cell *end)
{
	while (at < end && at->c != ' ' && at->c != '\t' && at->c != '\n')
		at = at->c && strchr("'\"`\\$", at->c) ? dsfit_script_skip(at, end) : at + 1;
	return at;
}

static bool skip_between(const struct dsfit_cell **at, const struct dsfit_cell *end)
{
	for (;; ++*at) {
		while (*at < end && ((*at)->c == ' ' || (*at)->c == '\t' || (*at)->c == '\n'))
			++*at;
		if (end - *at > 1 && (*at)->c == '\\' && (*at)[1].c == '\n') {
			++*at;
			continue;
		}
		if (*at >= end || (*at)->c != '#')
			return *at < end;
		while (*at < end && (*at)->c != '\n')
			++*at;
		if (*at >= end)
			return false;
	}
}

static void add_item(struct dsfit_shell *shell, const char *name, struct dsfit_span item,
		     struct dsfit_value *value)
{
	struct dsfit_cells key = { 0 }, text = { 0 };
	const struct dsfit_cell *c = item.begin;

	if (c->c == '[') {
		while (c < item.end && c->c != ']')
			c++;
		if (item.end - c > 1 && c[1].c == '=') {
			struct dsfit_span index = { item.begin + 1, c };

			dsfit_expand_text(shell, index, &key);
			dsfit_expand_text(shell, (struct dsfit_span){ c + 2, item.end }, &text);
			set_member(shell, name, dsfit_span_of(&key), text);
			return;
		}
	}
	dsfit_expand_words(shell, item, &value->items);
}

static void set_list(struct dsfit_shell *shell, const struct assignment *a, const char *name)
{
	struct dsfit_value *value = copy_of(shell, a->adds ? get(shell, name) : NULL);
	const struct dsfit_cell *at = a->value.begin + 1, *end = a->value.end;

	if (!value)
		return;
	end -= end > at && end[-1].c == ')';
	value->is_array = true;
	while (value->items.count < ITEMS_MAX && !shell->arena->stopped && skip_between(&at, end)) {
		struct dsfit_span item = { at, item_end(at, end) };

		if (item.end == at)
			break;
		add_item(shell, name, item, value);
		at = item.end;
	}
	set(shell, name, value);
}

bool dsfit_assign(struct dsfit_shell *shell, struct dsfit_span word)
{
	struct assignment a;
	const char *name;

	if (!take_apart(word, &a))
		return false;
	name = dsfit_span_text(shell->arena, a.name);
	if (a.is_list)
		set_list(shell, &a, name);
	else if (a.has_index)
		set_index(shell, &a, name);
	else
		set_text(shell, &a, name);
	return true;
}
