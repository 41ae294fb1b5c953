/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of feature expressions by recursive descent, in the grammar of sbatch(1), --constraint:
 *
 *     expression  = alternative { "|" alternative }
 *     alternative = term { ( "&" | "," ) term }
 *     term        = ( name | "(" expression ")" | "[" expression "]" ) [ "*" count ]
 *
 * It evaluates while it reads: each function below returns whether the features match its part.
 */
#include "core/request/features.h"

#include <ctype.h>
#include <string.h>

#include "core/base/size.h"

#define DEPTH_MAX 32	/* parentheses within parentheses */

struct expression {
	const char *at;			/* what has not been read yet */
	const struct dsfit_names *features;
	bool odd;			/* it cannot be read */
	unsigned depth;
	bool others;			/* the job has more nodes than the counts add up to */
	bool counted;			/* the last term had a count */
};

/* The number after a "*"; 0 if there is none. */
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

	if (!length || length >= sizeof(name)) {
		e->odd = true;
		return true;
	}
	memcpy(name, e->at, length);
	name[length] = '\0';
	e->at += length;
	return dsfit_names_have(e->features, name);
}

static bool match_brackets(struct expression *e)
{
	char closing = *e->at == '(' ? ')' : ']';
	bool matched;

	e->at++;
	if (++e->depth > DEPTH_MAX) {
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

/*
 * Slurm treats a comma as "&". Between terms with counts "&" stands between different nodes
 * ("a*2&b*1": two nodes with a and one with b), so a node that matches one of them is enough.
 */
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
