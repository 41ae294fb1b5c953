/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/variables.h"

#include <string.h>

#define SET_WORK 16

struct dsfit_symbol {
	const char *name;	/* its kind is the first character */
	struct dsfit_binding *top;
	struct dsfit_symbol *next;
};

void dsfit_variables_start(struct dsfit_variables *v, struct dsfit_arena *arena)
{
	*v = (struct dsfit_variables){ .arena = arena };
}

/* ---- names ---------------------------------------------------------------------------------- */

static unsigned bucket_of(char kind, const char *name)
{
	uint32_t hash = 2166136261u ^ (unsigned char)kind;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (hash ^ hash >> 16) % DSFIT_SYMBOL_BUCKETS;
}

/* A chain is as long as a hostile script makes it, so it counts as work. */
static struct dsfit_symbol *find(const struct dsfit_variables *v, char kind, const char *name,
				 unsigned bucket)
{
	for (struct dsfit_symbol *s = v->bucket[bucket]; s && dsfit_arena_work(v->arena, 1);
	     s = s->next)
		if (s->name[0] == kind && !strcmp(s->name + 1, name))
			return s;
	return NULL;
}

static struct dsfit_symbol *find_or_make(struct dsfit_variables *v, char kind, const char *name)
{
	unsigned bucket = bucket_of(kind, name);
	struct dsfit_symbol *s = find(v, kind, name, bucket);
	size_t length = strlen(name);
	char *copy;

	if (s)
		return s;
	s = dsfit_arena_take(v->arena, sizeof(*s));
	copy = dsfit_arena_take(v->arena, length + 2);
	if (!s || !copy)
		return NULL;
	copy[0] = kind;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the arena has zeros */
	memcpy(copy + 1, name, length);
	s->name = copy;
	s->next = v->bucket[bucket];
	v->bucket[bucket] = s;
	return s;
}

/* ---- values --------------------------------------------------------------------------------- */

const struct dsfit_value *dsfit_variables_get(const struct dsfit_variables *v,
					      enum dsfit_name_kind kind, const char *name)
{
	const struct dsfit_symbol *s = find(v, (char)kind, name, bucket_of((char)kind, name));

	return s && s->top ? s->top->value : NULL;
}

static void bind(struct dsfit_variables *v, struct dsfit_symbol *s,
		 const struct dsfit_value *value)
{
	struct dsfit_binding *b = s->top;

	if (!b || b->level != v->level) {
		b = dsfit_arena_take(v->arena, sizeof(*b));
		if (!b)
			return;
		b->symbol = s;
		b->level = v->level;
		b->below = s->top;
		b->next = v->scope[v->level];
		v->scope[v->level] = b;
		s->top = b;
	}
	b->value = value;
}

void dsfit_variables_set(struct dsfit_variables *v, enum dsfit_name_kind kind, const char *name,
			 const struct dsfit_value *value)
{
	struct dsfit_symbol *s = find_or_make(v, (char)kind, name);

	if (s && dsfit_arena_work(v->arena, SET_WORK))
		bind(v, s, value);
}

void dsfit_variables_set_text(struct dsfit_variables *v, enum dsfit_name_kind kind,
			      const char *name, struct dsfit_cells text)
{
	struct dsfit_value *value = dsfit_arena_take(v->arena, sizeof(*value));

	if (!value)
		return;
	dsfit_words_add(v->arena, &value->items, text);
	dsfit_variables_set(v, kind, name, value);
}

/* ---- scopes --------------------------------------------------------------------------------- */

bool dsfit_variables_open(struct dsfit_variables *v)
{
	if (v->level + 1 == DSFIT_SCOPES_MAX)
		return false;
	v->scope[++v->level] = NULL;
	return true;
}

struct dsfit_binding *dsfit_variables_close(struct dsfit_variables *v)
{
	struct dsfit_binding *set = v->scope[v->level];

	for (struct dsfit_binding *b = set; b; b = b->next)
		b->symbol->top = b->below;
	v->scope[v->level--] = NULL;
	return set;
}

void dsfit_variables_keep(struct dsfit_variables *v, struct dsfit_binding *set)
{
	for (; set; set = set->next)
		bind(v, set->symbol, set->value);
}

/* ---- two ways ------------------------------------------------------------------------------- */

static bool begins_with(struct dsfit_span text, struct dsfit_span begin)
{
	if (dsfit_span_length(text) < dsfit_span_length(begin))
		return false;
	for (; begin.begin < begin.end; begin.begin++, text.begin++)
		if (begin.begin->c != text.begin->c ||
		    ((begin.begin->flags ^ text.begin->flags) & DSFIT_CELL_UNKNOWN))
			return false;
	return true;
}

/* Whether `longer` is `shorter` with something added, or the same. */
static bool extends(const struct dsfit_value *longer, const struct dsfit_value *shorter)
{
	if (longer->function || shorter->function || longer->items.count < shorter->items.count ||
	    longer->is_array != shorter->is_array)
		return false;
	for (size_t i = 0; i < shorter->items.count; i++) {
		struct dsfit_span a = dsfit_span_of(&longer->items.at[i]);
		struct dsfit_span b = dsfit_span_of(&shorter->items.at[i]);

		if (!begins_with(a, b) ||
		    (shorter->is_array && dsfit_span_length(a) != dsfit_span_length(b)))
			return false;
	}
	return true;
}

static bool says_nothing(const struct dsfit_value *value)
{
	return !value || (!value->function && (!value->items.count ||
		(value->items.count == 1 && !value->items.at[0].count)));
}

static const struct dsfit_value *flagged(struct dsfit_variables *v,
					 const struct dsfit_value *value, unsigned flags)
{
	struct dsfit_value *copy = dsfit_arena_take(v->arena, sizeof(*copy));

	if (!copy || value->function)
		return value;
	copy->is_array = value->is_array;
	for (size_t i = 0; i < value->items.count; i++) {
		struct dsfit_cells text = { 0 };

		dsfit_cells_add_span(v->arena, &text, dsfit_span_of(&value->items.at[i]));
		for (size_t c = 0; c < text.count; c++)
			text.at[c].flags |= (uint8_t)flags;
		dsfit_words_add(v->arena, &copy->items, text);
	}
	return copy;
}

static const struct dsfit_value *merged(struct dsfit_variables *v, const struct dsfit_value *a,
					const struct dsfit_value *b)
{
	if (a == b || (!a && !b))
		return a;
	if (says_nothing(a) || says_nothing(b))
		return flagged(v, says_nothing(a) ? b ? b : a : a, DSFIT_CELL_UNSURE);
	if (a->function)
		return a;
	if (!b->function && extends(a, b))
		return extends(b, a) ? a : flagged(v, a, DSFIT_CELL_UNSURE);
	if (!b->function && extends(b, a))
		return flagged(v, b, DSFIT_CELL_UNSURE);
	return flagged(v, a, DSFIT_CELL_UNKNOWN);
}

void dsfit_variables_merge(struct dsfit_variables *v, struct dsfit_binding *one,
			   struct dsfit_binding *other)
{
	/* Each way against what was before gives both of them a value of every name. */
	for (struct dsfit_binding *b = other; b; b = b->next)
		b->symbol->top = b;
	for (struct dsfit_binding *b = one; b; b = b->next)
		b->value = merged(v, b->value, b->symbol->top ? b->symbol->top->value : NULL);
	for (struct dsfit_binding *b = other; b; b = b->next)
		b->symbol->top = b->below;
	for (struct dsfit_binding *b = other; b; b = b->next) {
		const struct dsfit_binding *before = b->symbol->top;
		bool in_both = false;

		for (struct dsfit_binding *a = one; a && dsfit_arena_work(v->arena, 1); a = a->next)
			in_both |= a->symbol == b->symbol;
		if (!in_both)
			bind(v, b->symbol,
			     merged(v, b->value, before ? before->value : NULL));
	}
	dsfit_variables_keep(v, one);
}
