/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/expander.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

void dsfit_expander_end_word(struct dsfit_expander *e)
{
	if (!e->words || (!e->text.count && !e->begun))
		return;
	dsfit_words_add(e->shell->arena, e->words, e->text);
	e->text = (struct dsfit_cells){ 0 };
	e->begun = false;
}

void dsfit_expander_add_plain(struct dsfit_expander *e, struct dsfit_span part, bool quoted)
{
	const unsigned flag = quoted ? DSFIT_CELL_QUOTED : 0;
	size_t before = e->text.count;

	dsfit_cells_add_span(e->shell->arena, &e->text, part);
	for (size_t i = before; i < e->text.count; i++)
		e->text.at[i].flags = (uint8_t)((e->text.at[i].flags & ~DSFIT_CELL_QUOTED) | flag);
}

/* What is not known is one word: nobody knows where it would be split. */
static bool splits(const struct dsfit_cell *cell)
{
	return is_blank(cell->c) && !(cell->flags & DSFIT_CELL_UNKNOWN);
}

void dsfit_expander_add(struct dsfit_expander *e, struct dsfit_span value, bool quoted)
{
	struct dsfit_span part = value;

	if (quoted || !e->words) {
		dsfit_expander_add_plain(e, value, quoted);
		return;
	}
	while (part.begin < value.end && !e->shell->arena->stopped) {
		part.end = part.begin;
		while (part.end < value.end && !splits(part.end))
			part.end++;
		dsfit_expander_add_plain(e, part, false);
		if (part.end < value.end)
			dsfit_expander_end_word(e);
		part.begin = part.end + (part.end < value.end);
	}
}

void dsfit_expander_add_list(struct dsfit_expander *e, const struct dsfit_words *values,
			     bool quoted)
{
	static const struct dsfit_cell blank = { .c = ' ' };

	for (size_t i = 0; i < values->count && !e->shell->arena->stopped; i++) {
		if (i && e->words)
			dsfit_expander_end_word(e);
		else if (i)
			dsfit_cells_add(e->shell->arena, &e->text, blank);
		dsfit_expander_add(e, dsfit_span_of(&values->at[i]), quoted);
		if (quoted)
			e->begun = true;
	}
}

void dsfit_expander_add_unknown(struct dsfit_expander *e, struct dsfit_span written,
				unsigned flags)
{
	for (; written.begin < written.end; written.begin++) {
		struct dsfit_cell cell = *written.begin;

		cell.flags |= (uint8_t)(DSFIT_CELL_UNKNOWN | flags);
		if (cell.c == '\n')
			cell.c = ' ';
		dsfit_cells_add(e->shell->arena, &e->text, cell);
	}
}
