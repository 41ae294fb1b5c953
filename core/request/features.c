/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/features.h"

#include <ctype.h>
#include <string.h>

#include "core/base/size.h"

/* A reader of feature expressions, by recursive descent; `odd` once it meets what it cannot. */
struct expression {
	const char *at;
	const struct dsfit_names *features;
	bool odd;
	unsigned depth;
	bool others;			/* there are nodes beside those that are counted */
	bool counted;			/* the term read last is of so many nodes */
};

/* The number after a *, of nodes; 0 where it is none. */
static uint64_t read_count(const char **at)
{
	uint64_t count = 0;

	for (++*at; isdigit((unsigned char)**at); ++*at)
		count = dsfit_add(dsfit_mul(count, 10), (uint64_t)(**at - '0'));
	return count;
}

uint64_t dsfit_features_nodes(const char *expression)
{
	uint64_t nodes = 0;

	while ((expression = strchr(expression, '*')))
		nodes = dsfit_add(nodes, read_count(&expression));
	return nodes;
}

static bool match_or(struct expression *e);

static bool match_name(struct expression *e)
{
	char name[DSFIT_NAME_MAX];
	size_t length = strcspn(e->at, "&|(),[]* \t");
	bool found;

	if (!length || length >= sizeof(name)) {
		e->odd = true;
		return true;
	}
	memcpy(name, e->at, length);
	name[length] = '\0';
	e->at += length;
	found = dsfit_names_have(e->features, name);
	return found;
}

static bool match_brackets(struct expression *e)
{
	char closing = *e->at == '(' ? ')' : ']';
	bool matched;

	e->at++;
	if (++e->depth > 32) {
		e->odd = true;
		return true;
	}
	matched = match_or(e);
	if (*e->at == closing)
		e->at++;
	else
		e->odd = true;
	e->depth--;
	return matched;
}

static bool match_term(struct expression *e)
{
	bool matched = strchr("([", *e->at) && *e->at ? match_brackets(e) : match_name(e);

	e->counted = *e->at == '*';
	if (e->counted && !read_count(&e->at))
		e->odd = true;
	return matched || (e->counted && e->others);
}

/* Slurm takes a comma for &. Between terms that are counted it means other nodes. */
static bool match_and(struct expression *e)
{
	bool matched = match_term(e), counted = e->counted, term;

	while (!e->odd && (*e->at == '&' || *e->at == ',')) {
		e->at++;
		term = match_term(e);
		counted = counted && e->counted;
		matched = counted ? matched || term : matched && term;
	}
	return matched;
}

static bool match_or(struct expression *e)
{
	bool matched = match_and(e);

	while (!e->odd && *e->at == '|') {
		e->at++;
		matched = match_and(e) || matched;
	}
	return matched;
}

bool dsfit_features_match(const char *expression, const struct dsfit_names *features,
			  uint64_t nodes)
{
	struct expression e = { .at = expression, .features = features };
	bool matched;

	if (!*expression)
		return true;
	e.others = dsfit_features_nodes(expression) < nodes;
	matched = match_or(&e);
	return e.odd || *e.at || matched;
}
