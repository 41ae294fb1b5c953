/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of a script, followed. A condition is yes, no or perhaps: perhaps takes both ways, each
 * in a scope of its own, and puts together what they have set. Where a way ends the script, the
 * other one is right: a script that is submitted is meant to get further than its checks.
 */
#include "core/script/run.h"

#include "core/script/arithmetic.h"
#include "core/script/assign.h"
#include "core/script/builtins.h"
#include "core/script/conditions.h"
#include "core/script/edits.h"
#include "core/script/expand.h"
#include "core/script/files.h"
#include "core/script/filters.h"
#include "core/script/pattern.h"
#include "core/script/syntax.h"

#define TURNS_MAX 64
#define WAY_WORK 32

static const struct dsfit_outcome yes = { DSFIT_TRUTH_YES, false };
static const struct dsfit_outcome perhaps = { DSFIT_TRUTH_PERHAPS, false };

static struct dsfit_outcome run_node(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io);

static struct dsfit_outcome run_list(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io)
{
	struct dsfit_outcome outcome = yes;

	for (; n && shell->leave == DSFIT_STAY && !shell->arena->stopped; n = n->next)
		outcome = run_node(shell, n, io);
	return outcome;
}

/* ---- ways ----------------------------------------------------------------------------------- */

/* A way that may be the wrong one. Returns what it has set; *ends says that it ends the script. */
static struct dsfit_binding *try_way(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io, bool *ends)
{
	struct dsfit_binding *set;
	struct dsfit_cells folder = shell->folder;

	*ends = false;
	if (!dsfit_arena_work(shell->arena, WAY_WORK) ||
	    !dsfit_variables_open(&shell->variables)) {
		shell->arena->stopped = true;
		return NULL;
	}
	if (n)
		run_node(shell, n, io);
	set = dsfit_variables_close(&shell->variables);
	*ends = shell->leave != DSFIT_STAY;
	if (*ends) {
		shell->may_leave |= shell->leave != DSFIT_CONTINUE;
		shell->folder = folder;
		shell->leave = DSFIT_STAY;
	}
	return set;
}

static void take_both_ways(struct dsfit_shell *shell, const struct dsfit_node *one,
			   const struct dsfit_node *other, const struct dsfit_streams *io)
{
	bool one_ends, other_ends;
	struct dsfit_binding *a = try_way(shell, one, io, &one_ends);
	struct dsfit_binding *b = try_way(shell, other, io, &other_ends);

	shell->last = perhaps;
	if (one_ends != other_ends)
		dsfit_variables_keep(&shell->variables, one_ends ? b : a);
	else
		dsfit_variables_merge(&shell->variables, a, b);
}

/* A way that is right as far as can be seen, but not if it ends the script. */
static void take_likely_way(struct dsfit_shell *shell, const struct dsfit_node *n,
			    const struct dsfit_streams *io)
{
	bool ends;
	struct dsfit_binding *set = try_way(shell, n, io, &ends);

	if (!ends)
		dsfit_variables_keep(&shell->variables, set);
}

/* ---- redirections --------------------------------------------------------------------------- */

static bool is_substitution(struct dsfit_span target)
{
	return target.end - target.begin > 2 && target.begin[0].c == '<' &&
	       target.begin[1].c == '(';
}

/* What a command reads. Returns false if no redirection says. */
static bool open_input(struct dsfit_shell *shell, const struct dsfit_redirect *r,
		       struct dsfit_cells *text)
{
	bool found = false;

	for (; r; r = r->next) {
		const struct dsfit_cells *file;
		struct dsfit_cells name = { 0 };

		if (r->op[0] != '<')
			continue;
		found = true;
		*text = (struct dsfit_cells){ 0 };
		if (r->op[1] == '<' && r->op[2] == '<') {
			dsfit_expand_text(shell, r->target, text);
			dsfit_cells_add_text(shell->arena, text, "\n", 0, 0);
		} else if (r->op[1] == '<' && r->quoted) {
			dsfit_cells_add_span(shell->arena, text, r->target);
		} else if (r->op[1] == '<') {
			dsfit_expand_quoted(shell, r->target, text);
		} else if (is_substitution(r->target)) {
			dsfit_run_substitution(shell, (struct dsfit_span){ r->target.begin + 2,
							r->target.end - 1 }, text);
		} else {
			dsfit_expand_text(shell, r->target, &name);
			file = dsfit_files_read(shell, dsfit_span_of(&name));
			if (file)
				*text = *file;
			else
				dsfit_cells_add_text(shell->arena, text, "?", 0,
						     DSFIT_CELL_UNKNOWN);
		}
	}
	return found;
}

/* The file that a command writes to: the last redirection of its output. */
static const struct dsfit_redirect *output_of(const struct dsfit_redirect *r)
{
	const struct dsfit_redirect *last = NULL;

	for (; r; r = r->next)
		if (r->op[0] == '>' && r->op[1] != '&')
			last = r;
	return last;
}

/* ---- commands ------------------------------------------------------------------------------- */

static struct dsfit_outcome call_function(struct dsfit_shell *shell,
					  const struct dsfit_node *function,
					  const struct dsfit_words *words,
					  const struct dsfit_streams *io)
{
	struct dsfit_words arguments = shell->arguments;
	bool may_leave = shell->may_leave, given = shell->arguments_given;
	struct dsfit_outcome outcome;

	shell->arguments = *words;
	shell->arguments_given = true;
	outcome = run_node(shell, function, io);
	shell->arguments = arguments;
	shell->arguments_given = given;
	shell->may_leave = may_leave;
	if (shell->leave == DSFIT_RETURN)
		shell->leave = DSFIT_STAY;
	return outcome;
}

/* Whether something came out that is known. */
static bool has_written(const struct dsfit_streams *io, size_t before)
{
	return io->out && io->out->count > before &&
	       !(io->out->at[before].flags & DSFIT_CELL_UNKNOWN);
}

static struct dsfit_outcome run_words(struct dsfit_shell *shell, const struct dsfit_words *words,
				      const struct dsfit_streams *io)
{
	struct dsfit_span name = dsfit_span_of(&words->at[0]);
	const struct dsfit_value *function = dsfit_variables_get(&shell->variables,
		DSFIT_FUNCTION, dsfit_span_text(shell->arena, name));
	struct dsfit_outcome outcome = perhaps;
	size_t before = io->out ? io->out->count : 0;

	if (function && function->function)
		return call_function(shell, function->function, words, io);
	if (dsfit_builtin(shell, words, io, &outcome))
		return outcome;
	if (dsfit_span_is(name, "exec") && words->count > 1) {
		struct dsfit_words rest = { words->at + 1, words->count - 1, 0 };

		run_words(shell, &rest, io);
		shell->leave = DSFIT_EXIT;
		return perhaps;
	}
	dsfit_edit(shell, words, io);
	if (dsfit_filter(shell, words, io))
		return dsfit_span_is(name, "grep") && !has_written(io, before) ? perhaps : yes;
	dsfit_filter_unknown(shell, io);
	shell->started(shell, words);
	/* Nobody knows how it ends; well, most likely. */
	return (struct dsfit_outcome){ DSFIT_TRUTH_PERHAPS, true };
}

/* The words of a command, after its assignments. */
static struct dsfit_words words_of(struct dsfit_shell *shell, const struct dsfit_node *n,
				   size_t assignments)
{
	struct dsfit_words words = { 0 };

	for (size_t i = assignments; i < n->count; i++)
		dsfit_expand_words(shell, n->words[i], &words);
	/* A command word that nothing sets is no word at all. */
	while (words.count > 1 && dsfit_span_unset(dsfit_span_of(&words.at[0]))) {
		words.at++;
		words.count--;
	}
	return words;
}

/* How many of the first words are assignments. */
static size_t count_assignments(const struct dsfit_node *n)
{
	size_t count = 0;

	for (; count < n->count; count++) {
		struct dsfit_span word = n->words[count];
		const struct dsfit_cell *c = word.begin;

		while (c < word.end && c->c != '=' && c->c != '\'' && c->c != '"' && c->c != '$')
			c++;
		if (c == word.begin || c >= word.end || c->c != '=' ||
		    (c->flags & DSFIT_CELL_UNKNOWN))
			break;
	}
	return count;
}

/* Assignments before a command are its own. What `read` sets stays, and of its assignments only IFS
 * matters, which is put back. */
static struct dsfit_outcome run_simple(struct dsfit_shell *shell, const struct dsfit_node *n,
				       const struct dsfit_streams *io)
{
	size_t assignments = count_assignments(n);
	struct dsfit_outcome outcome = yes;
	const struct dsfit_value *ifs;
	struct dsfit_words words;
	bool reads, scope;

	/* What is between two bars, say. There are no words to point to. */
	if (!n->count)
		return yes;
	if (dsfit_builtin_declares(shell, n->words + assignments, n->count - assignments))
		return yes;
	/* What the command gets is expanded before. */
	words = words_of(shell, n, assignments);
	reads = words.count && dsfit_span_is(dsfit_span_of(&words.at[0]), "read");
	scope = assignments && words.count && !reads && dsfit_variables_open(&shell->variables);
	ifs = dsfit_variables_get(&shell->variables, DSFIT_VARIABLE, "IFS");
	for (size_t i = 0; i < assignments; i++)
		dsfit_assign(shell, n->words[i]);
	/* X=$(program) ends as the program does, and nobody knows how that is. */
	if (!words.count)
		outcome.soft = true;
	else if (!shell->arena->stopped)
		outcome = run_words(shell, &words, io);
	if (scope)
		dsfit_variables_close(&shell->variables);
	if (assignments && reads)
		dsfit_variables_set(&shell->variables, DSFIT_VARIABLE, "IFS", ifs);
	return outcome;
}

/* ---- loops ---------------------------------------------------------------------------------- */

/* How many of a loop's turns are worth what they cost. */
enum pace { ALL_TURNS, FIRST_AND_LAST, ONE_TURN };

/*
 * Of a grid of learning rates and seeds each value is to be seen, not each pair. Inner loops are
 * cut first, so that the outer ones come to their ends, which may be about models.
 */
static enum pace pace_of(const struct dsfit_shell *shell)
{
	/* An inner loop is cut once a quarter of the work is spent, another at three quarters. */
	uint64_t spare = shell->arena->granted / (shell->inside ? 4 : 8);
	uint64_t left = shell->arena->work;

	if (shell->inside)
		return left < 2 * spare ? ONE_TURN : left < 3 * spare ? FIRST_AND_LAST : ALL_TURNS;
	return left < spare ? ONE_TURN : left < 2 * spare ? FIRST_AND_LAST : ALL_TURNS;
}

/* Returns whether the loop goes on. *may_end says that it perhaps does not. */
static bool run_turn(struct dsfit_shell *shell, const struct dsfit_node *body,
		     const struct dsfit_streams *io, bool *may_end)
{
	bool outer = shell->may_leave;

	if (!shell->loops || shell->arena->stopped)
		return false;
	shell->loops--;
	shell->may_leave = false;
	shell->inside++;
	if (body)
		run_node(shell, body, io);
	shell->inside--;
	*may_end = shell->may_leave;
	shell->may_leave = outer;
	if (shell->leave == DSFIT_BREAK) {
		shell->leave = DSFIT_STAY;
		return false;
	}
	if (shell->leave == DSFIT_CONTINUE)
		shell->leave = DSFIT_STAY;
	return shell->leave == DSFIT_STAY;
}

static void run_for(struct dsfit_shell *shell, const struct dsfit_node *n,
		    const struct dsfit_streams *io)
{
	struct dsfit_words items = { 0 };
	const char *name = dsfit_span_text(shell->arena, n->words[0]);
	bool may_end;

	for (size_t i = 1; i < n->count; i++)
		dsfit_expand_words(shell, n->words[i], &items);
	for (size_t i = 1; n->over_arguments && i < shell->arguments.count; i++)
		dsfit_words_add(shell->arena, &items, shell->arguments.at[i]);
	for (size_t i = 0; i < items.count; i++) {
		dsfit_variables_set_text(&shell->variables, DSFIT_VARIABLE, name, items.at[i]);
		if (!run_turn(shell, n->body, io, &may_end) || pace_of(shell) == ONE_TURN)
			break;
		/* Lists of sizes have the largest at an end. */
		if (i + 2 < items.count && pace_of(shell) == FIRST_AND_LAST)
			i = items.count - 2;
	}
}

static struct dsfit_outcome compute(struct dsfit_shell *shell, struct dsfit_span text)
{
	struct dsfit_cells expanded = { 0 };
	int64_t result;
	uint32_t from;

	dsfit_expand_quoted(shell, text, &expanded);
	if (!dsfit_arithmetic(shell, dsfit_span_of(&expanded), &result, &from))
		return perhaps;
	return (struct dsfit_outcome){ result ? DSFIT_TRUTH_YES : DSFIT_TRUTH_NO,
				       dsfit_span_has(dsfit_span_of(&expanded),
						      DSFIT_CELL_UNSURE) };
}

static void run_count(struct dsfit_shell *shell, const struct dsfit_node *n,
		      const struct dsfit_streams *io)
{
	bool may_end;

	compute(shell, n->words[0]);
	for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
		struct dsfit_outcome goes_on = n->words[1].begin < n->words[1].end ?
			compute(shell, n->words[1]) : yes;

		if (goes_on.truth == DSFIT_TRUTH_NO || !run_turn(shell, n->body, io, &may_end) ||
		    goes_on.truth == DSFIT_TRUTH_PERHAPS || pace_of(shell) != ALL_TURNS)
			return;
		compute(shell, n->words[2]);
	}
}

/* while true, while :, until false */
static bool is_endless(const struct dsfit_node *n)
{
	const struct dsfit_node *first = n->condition ? n->condition->body : NULL;

	if (!first || first->next || first->kind != DSFIT_NODE_SIMPLE || first->count != 1)
		return false;
	return n->negated ? dsfit_span_is(first->words[0], "false") :
	       dsfit_span_is(first->words[0], "true") || dsfit_span_is(first->words[0], ":");
}

static void run_while(struct dsfit_shell *shell, const struct dsfit_node *n,
		      const struct dsfit_streams *io)
{
	bool endless = is_endless(n), may_end = false;

	for (unsigned turn = 0; turn < TURNS_MAX && shell->leave == DSFIT_STAY; turn++) {
		struct dsfit_outcome goes_on = run_list(shell, n->condition, io);

		if (n->negated)
			goes_on = dsfit_outcome_not(goes_on);
		if (goes_on.truth == DSFIT_TRUTH_NO)
			return;
		if (goes_on.truth == DSFIT_TRUTH_PERHAPS || goes_on.soft) {
			take_both_ways(shell, n->body, NULL, io);
			return;
		}
		/* What nothing else ends is over where it may be left. */
		if (!run_turn(shell, n->body, io, &may_end) || (endless && may_end))
			return;
	}
}

/* ---- branches ------------------------------------------------------------------------------- */

static void run_if(struct dsfit_shell *shell, const struct dsfit_node *n,
		   const struct dsfit_streams *io)
{
	struct dsfit_outcome outcome = run_list(shell, n->condition, io);

	if (outcome.truth == DSFIT_TRUTH_PERHAPS)
		take_both_ways(shell, n->body, n->otherwise, io);
	else if (outcome.soft)
		take_likely_way(shell, outcome.truth == DSFIT_TRUTH_YES ? n->body : n->otherwise,
				io);
	else if (outcome.truth == DSFIT_TRUTH_YES && n->body)
		run_node(shell, n->body, io);
	else if (outcome.truth == DSFIT_TRUTH_NO && n->otherwise)
		run_node(shell, n->otherwise, io);
}

/* Whether an item's patterns are of the text. */
static enum dsfit_truth matches(struct dsfit_shell *shell, const struct dsfit_node *item,
				struct dsfit_span text)
{
	enum dsfit_truth truth = DSFIT_TRUTH_NO;

	for (size_t i = 0; i < item->count && truth == DSFIT_TRUTH_NO; i++) {
		struct dsfit_cells pattern = { 0 };

		dsfit_expand_text(shell, item->words[i], &pattern);
		if (dsfit_span_is(dsfit_span_of(&pattern), "*"))
			truth = DSFIT_TRUTH_YES;
		else if (dsfit_span_has(text, DSFIT_CELL_UNKNOWN) ||
			 dsfit_span_has(dsfit_span_of(&pattern), DSFIT_CELL_UNKNOWN))
			truth = DSFIT_TRUTH_PERHAPS;
		else if (dsfit_pattern_matches(shell->arena, dsfit_span_of(&pattern), text))
			truth = DSFIT_TRUTH_YES;
	}
	return truth;
}

static void run_case(struct dsfit_shell *shell, const struct dsfit_node *n,
		     const struct dsfit_streams *io)
{
	struct dsfit_cells text = { 0 };
	struct dsfit_span of;
	bool soft, open = false;

	dsfit_expand_text(shell, n->words[0], &text);
	of = dsfit_span_of(&text);
	soft = dsfit_span_unset(of);
	if (soft)
		of.end = of.begin;
	for (const struct dsfit_node *item = n->body; item; item = item->next) {
		enum dsfit_truth truth = matches(shell, item, of);

		/* What is left for all others is not sure where an earlier one may be it. */
		if (truth == DSFIT_TRUTH_PERHAPS || (truth == DSFIT_TRUTH_YES && (soft || open))) {
			take_both_ways(shell, item->body, NULL, io);
			open = true;
		} else if (truth == DSFIT_TRUTH_YES) {
			if (item->body)
				run_node(shell, item->body, io);
			return;
		}
	}
}

static struct dsfit_outcome run_and_or(struct dsfit_shell *shell, const struct dsfit_node *n,
				       const struct dsfit_streams *io)
{
	struct dsfit_outcome outcome = run_node(shell, n, io);

	for (n = n->next; n && shell->leave == DSFIT_STAY; n = n->next) {
		struct dsfit_outcome wanted = n->op == '|' ? dsfit_outcome_not(outcome) : outcome;

		/* What is done when a program fails is not done. */
		if (wanted.truth == DSFIT_TRUTH_NO ||
		    (n->op == '|' && wanted.truth == DSFIT_TRUTH_PERHAPS && wanted.soft))
			continue;
		if (wanted.truth == DSFIT_TRUTH_PERHAPS)
			take_both_ways(shell, n, NULL, io);
		else if (wanted.soft)
			take_likely_way(shell, n, io);
		else
			outcome = run_node(shell, n, io);
	}
	return outcome;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static struct dsfit_outcome run_pipe(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io)
{
	struct dsfit_cells text[2] = { 0 };
	struct dsfit_span in;
	struct dsfit_streams between = *io;
	struct dsfit_outcome outcome = yes;
	unsigned turn = 0;

	for (const struct dsfit_node *part = n->body; part; part = part->next, turn = !turn) {
		text[turn] = (struct dsfit_cells){ 0 };
		between.out = part->next ? &text[turn] : io->out;
		outcome = run_node(shell, part, &between);
		in = dsfit_span_of(&text[turn]);
		between.in = &in;
	}
	return n->negated ? dsfit_outcome_not(outcome) : outcome;
}

static struct dsfit_outcome run_subshell(struct dsfit_shell *shell, const struct dsfit_node *n,
					 const struct dsfit_streams *io)
{
	struct dsfit_cells folder = shell->folder;
	struct dsfit_words arguments = shell->arguments;
	bool may_leave = shell->may_leave;
	struct dsfit_outcome outcome;

	if (!dsfit_variables_open(&shell->variables)) {
		shell->arena->stopped = true;
		return perhaps;
	}
	outcome = run_list(shell, n, io);
	dsfit_variables_close(&shell->variables);
	shell->folder = folder;
	shell->arguments = arguments;
	shell->leave = DSFIT_STAY;
	shell->may_leave = may_leave;
	return outcome;
}

static void define(struct dsfit_shell *shell, const struct dsfit_node *n)
{
	struct dsfit_value *value = dsfit_arena_take(shell->arena, sizeof(*value));

	if (!value)
		return;
	value->function = n->body;
	dsfit_variables_set(&shell->variables, DSFIT_FUNCTION,
			    dsfit_span_text(shell->arena, n->words[0]), value);
}

static struct dsfit_outcome run_test(struct dsfit_shell *shell, const struct dsfit_node *n)
{
	struct dsfit_words words = { 0 };

	for (size_t i = 0; i < n->count; i++) {
		struct dsfit_cells text = { 0 };

		dsfit_expand_text(shell, n->words[i], &text);
		dsfit_words_add(shell->arena, &words, text);
	}
	return dsfit_condition(shell, &words, true);
}

static struct dsfit_outcome run_kind(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io)
{
	switch (n->kind) {
	case DSFIT_NODE_SIMPLE:
		return run_simple(shell, n, io);
	case DSFIT_NODE_PIPE:
		return run_pipe(shell, n, io);
	case DSFIT_NODE_AND_OR:
		return run_and_or(shell, n->body, io);
	case DSFIT_NODE_LIST:
		return run_list(shell, n->body, io);
	case DSFIT_NODE_SUBSHELL:
		return run_subshell(shell, n->body, io);
	case DSFIT_NODE_IF:
		run_if(shell, n, io);
		return yes;
	case DSFIT_NODE_FOR:
		run_for(shell, n, io);
		return yes;
	case DSFIT_NODE_COUNT:
		run_count(shell, n, io);
		return yes;
	case DSFIT_NODE_WHILE:
		run_while(shell, n, io);
		return yes;
	case DSFIT_NODE_CASE:
		run_case(shell, n, io);
		return yes;
	case DSFIT_NODE_FUNCTION:
		define(shell, n);
		return yes;
	case DSFIT_NODE_TEST:
		return run_test(shell, n);
	case DSFIT_NODE_ARITHMETIC:
		return compute(shell, n->words[0]);
	case DSFIT_NODE_ITEM:
		break;
	}
	return perhaps;
}

static struct dsfit_outcome run_redirected(struct dsfit_shell *shell, const struct dsfit_node *n,
					   const struct dsfit_streams *io)
{
	const struct dsfit_redirect *to = output_of(n->redirects);
	struct dsfit_cells in_text = { 0 }, out_text = { 0 }, name = { 0 };
	struct dsfit_streams own = *io;
	struct dsfit_outcome outcome;
	struct dsfit_span in;

	if (open_input(shell, n->redirects, &in_text)) {
		in = dsfit_span_of(&in_text);
		own.in = &in;
	}
	if (to) {
		dsfit_expand_text(shell, to->target, &name);
		own.out = &out_text;
	}
	outcome = run_kind(shell, n, &own);
	if (to)
		dsfit_files_write(shell, dsfit_span_of(&name), to->op[1] == '>', &out_text);
	return outcome;
}

static struct dsfit_outcome run_node(struct dsfit_shell *shell, const struct dsfit_node *n,
				     const struct dsfit_streams *io)
{
	struct dsfit_outcome outcome = perhaps;

	if (shell->depth >= DSFIT_SHELL_DEPTH || !dsfit_arena_work(shell->arena, 4)) {
		shell->arena->stopped = true;
		return outcome;
	}
	shell->depth++;
	outcome = n->redirects ? run_redirected(shell, n, io) : run_kind(shell, n, io);
	/* Of the others, what is inside them has noted it. */
	if (n->kind == DSFIT_NODE_SIMPLE || n->kind == DSFIT_NODE_PIPE ||
	    n->kind == DSFIT_NODE_TEST || n->kind == DSFIT_NODE_ARITHMETIC)
		shell->last = outcome;
	shell->depth--;
	return outcome;
}

/* ---- texts ---------------------------------------------------------------------------------- */

struct dsfit_outcome dsfit_run(struct dsfit_shell *shell, struct dsfit_span text,
			       const struct dsfit_streams *io)
{
	struct dsfit_node *all = dsfit_syntax_parse(shell->arena, text);

	return all ? run_node(shell, all, io) : yes;
}

void dsfit_run_substitution(struct dsfit_shell *shell, struct dsfit_span code,
			    struct dsfit_cells *out)
{
	const struct dsfit_streams io = { .out = out };
	const struct dsfit_node *all = dsfit_syntax_parse(shell->arena, code);

	if (all)
		run_subshell(shell, all, &io);
}

void dsfit_run_script(struct dsfit_shell *shell, struct dsfit_span text,
		      const struct dsfit_words *words)
{
	const struct dsfit_streams io = { 0 };
	const struct dsfit_node *all = dsfit_syntax_parse(shell->arena, text);
	struct dsfit_words arguments = shell->arguments;
	bool given = shell->arguments_given;

	if (!all)
		return;
	shell->arguments = *words;
	shell->arguments_given = true;
	run_subshell(shell, all, &io);
	shell->arguments = arguments;
	shell->arguments_given = given;
}
