/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/filters.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/script/arithmetic.h"
#include "core/script/documents.h"
#include "core/script/files.h"
#include "core/script/query.h"
#include "core/script/sed.h"

#define LINES_MAX 4096

struct filter {
	struct dsfit_shell *shell;
	const struct dsfit_words *words;
	const struct dsfit_streams *io;
	struct dsfit_span in;		/* a file's text, or the stream's */
	bool in_known;
	bool carries;			/* what jq has changed comes out too */
};

static struct dsfit_span word(const struct filter *f, size_t i)
{
	return dsfit_words_at(f->words, i);
}

static void put(struct filter *f, struct dsfit_span text)
{
	if (f->io->out)
		dsfit_cells_add_span(f->shell->arena, f->io->out, text);
}

static void put_text(struct filter *f, const char *text, uint32_t from)
{
	if (f->io->out)
		dsfit_cells_add_text(f->shell->arena, f->io->out, text, from, 0);
}

static void put_number(struct filter *f, long long number, uint32_t from)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", number);
	put_text(f, text, from);
}

void dsfit_filter_unknown(struct dsfit_shell *shell, const struct dsfit_streams *io)
{
	if (io->out)
		dsfit_cells_add(shell->arena, io->out, (struct dsfit_cell){
			.c = '?', .flags = DSFIT_CELL_UNKNOWN });
}

static uint32_t where(const struct filter *f)
{
	return dsfit_span_from(word(f, 0));
}

/* ---- lines of the input --------------------------------------------------------------------- */

/* The next line, without its end. Returns false at the end of the text. */
static bool next_line(struct dsfit_span *rest, struct dsfit_span *line)
{
	if (rest->begin >= rest->end)
		return false;
	line->begin = line->end = rest->begin;
	while (line->end < rest->end &&
	       (line->end->c != '\n' || (line->end->flags & DSFIT_CELL_UNKNOWN)))
		line->end++;
	rest->begin = line->end + (line->end < rest->end);
	return true;
}

/* What jq has changed of the input is no text: only few programs can be followed over it. */
static void check_input(struct filter *f)
{
	if (f->in_known && !f->carries && dsfit_span_has(f->in, DSFIT_CELL_EDIT))
		f->in_known = false;
}

/* The input: the last word that is a file's name, else the stream. */
static void open_input(struct filter *f, size_t first_word)
{
	const struct dsfit_cells *file;

	for (size_t i = f->words->count; i-- > first_word;) {
		if (word(f, i).begin < word(f, i).end && word(f, i).begin->c == '-')
			continue;
		file = dsfit_files_read(f->shell, word(f, i));
		f->in_known = file;
		if (file)
			f->in = dsfit_span_of(file);
		check_input(f);
		return;
	}
	if (f->io->in) {
		f->in = *f->io->in;
		f->in_known = !(f->in.end - f->in.begin == 1 &&
				(f->in.begin->flags & DSFIT_CELL_UNKNOWN));
	}
	check_input(f);
}

static void put_line(struct filter *f, struct dsfit_span line)
{
	put(f, line);
	put_text(f, "\n", line.begin < line.end ? line.begin->from : 0);
}

static void put_lines(struct filter *f, int64_t from, int64_t to)
{
	struct dsfit_span rest = f->in, line;

	for (int64_t i = 1; i <= to && next_line(&rest, &line); i++)
		if (i >= from)
			put_line(f, line);
}

/* ---- programs ------------------------------------------------------------------------------- */

static bool run_echo(struct filter *f)
{
	size_t first = 1;
	bool newline = true;

	for (; first < f->words->count; first++) {
		if (dsfit_span_is(word(f, first), "-n"))
			newline = false;
		else if (!dsfit_span_is(word(f, first), "-e") &&
			 !dsfit_span_is(word(f, first), "-ne"))
			break;
	}
	for (size_t i = first; i < f->words->count; i++) {
		if (i > first)
			put_text(f, " ", where(f));
		put(f, word(f, i));
	}
	if (newline)
		put_text(f, "\n", where(f));
	return true;
}

/* A format of %s, %d and text, with the words from *next on. */
static bool put_format(struct filter *f, struct dsfit_span format, size_t *next)
{
	for (const struct dsfit_cell *c = format.begin; c < format.end; c++) {
		if (c->c == '%' && format.end - c > 1 && (c[1].c == 's' || c[1].c == 'd')) {
			put(f, word(f, (*next)++));
			c++;
		} else if (c->c == '\\' && format.end - c > 1 && c[1].c == 'n') {
			put_text(f, "\n", c->from);
			c++;
		} else if (c->c == '%') {
			return false;
		} else {
			put(f, (struct dsfit_span){ c, c + 1 });
		}
	}
	return true;
}

/* The format is used again as long as there are words. */
static bool run_printf(struct filter *f)
{
	size_t next = 2, before;

	do {
		before = next;
		if (!put_format(f, word(f, 1), &next))
			return false;
	} while (next > before && next < f->words->count &&
		 dsfit_arena_work(f->shell->arena, 4));
	return true;
}

static bool run_cat(struct filter *f)
{
	f->carries = true;
	open_input(f, 1);
	if (f->in_known)
		put(f, f->in);
	return f->in_known;
}

/* -n N, -nN, -N: the number, or 10. */
static bool line_count(struct filter *f, int64_t *count, size_t *first)
{
	*count = 10;
	*first = 1;
	for (size_t i = 1; i < f->words->count; i++) {
		struct dsfit_span text = word(f, i);

		if (text.begin >= text.end || text.begin->c != '-')
			break;
		*first = i + 1;
		if (dsfit_span_is(text, "-n")) {
			*first = i + 2;
			return dsfit_span_number(word(f, i + 1), count);
		}
		text.begin += text.end - text.begin > 1 && text.begin[1].c == 'n' ? 2 : 1;
		return dsfit_span_number(text, count);
	}
	return true;
}

static bool run_head(struct filter *f)
{
	int64_t count;
	size_t first;

	if (!line_count(f, &count, &first) || count < 0)
		return false;
	open_input(f, first);
	if (f->in_known)
		put_lines(f, 1, count);
	return f->in_known;
}

static int64_t lines_of(struct dsfit_span text)
{
	struct dsfit_span line;
	int64_t lines = 0;

	while (next_line(&text, &line))
		lines++;
	return lines;
}

static bool run_tail(struct filter *f)
{
	int64_t count, lines;
	size_t first;

	if (!line_count(f, &count, &first) || count < 0)
		return false;
	open_input(f, first);
	lines = lines_of(f->in);
	if (f->in_known)
		put_lines(f, lines - count + 1, lines);
	return f->in_known;
}

static int64_t words_of(struct dsfit_span text)
{
	int64_t count = 0;
	bool inside = false;

	for (; text.begin < text.end; text.begin++) {
		bool blank = text.begin->c == ' ' || text.begin->c == '\n' ||
			     text.begin->c == '\t';

		count += !blank && !inside;
		inside = !blank;
	}
	return count;
}

static bool run_wc(struct filter *f)
{
	open_input(f, 1);
	if (!f->in_known)
		return false;
	if (dsfit_span_is(word(f, 1), "-l"))
		put_number(f, lines_of(f->in), where(f));
	else if (dsfit_span_is(word(f, 1), "-w"))
		put_number(f, words_of(f->in), where(f));
	else
		return false;
	return true;
}

static bool run_sed(struct filter *f)
{
	const struct dsfit_sed *sed = dsfit_sed_parse(f->shell, f->words);
	struct dsfit_cells out = { 0 };

	if (!sed)
		return false;
	open_input(f, sed->first_file);
	if (!f->in_known || !dsfit_sed_run(f->shell, sed, f->in, &out))
		return false;
	put(f, dsfit_span_of(&out));
	return true;
}

/* The n-th field of a line. */
static struct dsfit_span field(struct dsfit_span line, int64_t n, char separator)
{
	struct dsfit_span part = { line.begin, line.begin };

	for (; part.begin < line.end; part.begin = part.end + (separator != ' ')) {
		while (separator == ' ' && part.begin < line.end &&
		       (part.begin->c == ' ' || part.begin->c == '\t'))
			part.begin++;
		part.end = part.begin;
		while (part.end < line.end && part.end->c != separator &&
		       (separator != ' ' || part.end->c != '\t'))
			part.end++;
		if (!--n)
			return part;
		if (part.end >= line.end)
			break;
	}
	return (struct dsfit_span){ line.end, line.end };
}

static bool put_fields(struct filter *f, int64_t n, char separator)
{
	struct dsfit_span rest = f->in, line;

	for (unsigned i = 0; f->in_known && i < LINES_MAX && next_line(&rest, &line); i++)
		put_line(f, field(line, n, separator));
	return f->in_known;
}

static long long count_fields(struct dsfit_span line, char separator)
{
	long long count = line.begin < line.end;

	if (separator == ' ')
		return (long long)words_of(line);
	for (; line.begin < line.end; line.begin++)
		count += line.begin->c == separator;
	return count;
}

/* What awk's print prints for a line: fields, their number and texts in quotes. Returns false for
 * all else. */
static bool print_line(struct filter *f, struct dsfit_span program, struct dsfit_span line,
		       char separator)
{
	const struct dsfit_cell *c = program.begin;

	while (c < program.end) {
		if (c->c == '$' && program.end - c > 1 && c[1].c >= '0' && c[1].c <= '9') {
			put(f, c[1].c == '0' ? line : field(line, c[1].c - '0', separator));
			c += 2;
		} else if (c->c == 'N' && program.end - c > 1 && c[1].c == 'F') {
			char text[24];

			snprintf(text, sizeof(text), "%lld", count_fields(line, separator));
			put_text(f, text, line.begin < line.end ? line.begin->from : 0);
			c += 2;
		} else if (c->c == '"') {
			struct dsfit_span text = { c + 1, c + 1 };

			while (text.end < program.end && text.end->c != '"')
				text.end++;
			put(f, text);
			c = text.end + (text.end < program.end);
		} else if (c->c == ' ' || c->c == ';') {
			c++;
		} else {
			return false;
		}
	}
	put_text(f, "\n", 0);
	return true;
}

/* -F, and -F ',': what is between fields. Returns the program's word; 0: not understood. */
static size_t awk_separator(struct filter *f, char *separator)
{
	struct dsfit_span text = word(f, 1);
	size_t at = 2;

	*separator = ' ';
	if (!dsfit_span_begins(text, "-F"))
		return 1;
	text.begin += 2;
	if (text.begin == text.end)
		text = word(f, at++);
	if (dsfit_span_length(text) != 1 || text.begin->flags & DSFIT_CELL_UNKNOWN)
		return 0;
	*separator = text.begin->c;
	return at;
}

/* awk '{print $1 " slots=8"}', awk -F, '{print NF}' */
static bool run_awk(struct filter *f)
{
	static const char before[] = "{print";
	char separator;
	size_t at = awk_separator(f, &separator);
	struct dsfit_span program = word(f, at), rest, line;
	const char *c = before;

	if (!at)
		return false;

	for (; *c && program.begin < program.end; program.begin++)
		if (program.begin->c == *c)
			c++;
		else if (program.begin->c != ' ')
			return false;
	while (program.end > program.begin && program.end[-1].c == ' ')
		program.end--;
	if (*c || program.end <= program.begin || program.end[-1].c != '}')
		return false;
	program.end--;
	open_input(f, at + 1);
	rest = f->in;
	for (unsigned i = 0; f->in_known && i < LINES_MAX && next_line(&rest, &line); i++)
		if (!print_line(f, program, line, separator))
			return false;
	return f->in_known;
}

/* cut -d X -f N, in any of its spellings. */
static bool run_cut(struct filter *f)
{
	char separator = '\t';
	int64_t n = 0;
	size_t i = 1;

	for (; i < f->words->count && word(f, i).begin < word(f, i).end &&
	       word(f, i).begin->c == '-'; i++) {
		struct dsfit_span text = word(f, i);
		char option = text.end - text.begin > 1 ? text.begin[1].c : '\0';

		text.begin += 2 < text.end - text.begin ? 2 : text.end - text.begin;
		if (text.begin == text.end)
			text = word(f, ++i);
		if (option == 'd' && text.begin < text.end)
			separator = text.begin->c;
		else if (option != 'f' || !dsfit_span_number(text, &n))
			return false;
	}
	open_input(f, i);
	return n > 0 && put_fields(f, n, separator);
}

static bool contains(struct filter *f, struct dsfit_span line, struct dsfit_span part)
{
	ptrdiff_t length = part.end - part.begin;

	for (; line.end - line.begin >= length && dsfit_arena_work(f->shell->arena, 1);
	     line.begin++) {
		ptrdiff_t i = 0;

		while (i < length && line.begin[i].c == part.begin[i].c)
			i++;
		if (i == length)
			return true;
	}
	return false;
}

/* grep -o and its kin: -E and -P say what an expression is. Returns its word; 0: not understood. */
static size_t grep_options(struct filter *f, enum dsfit_dialect *dialect, bool *only)
{
	size_t at = 1;

	for (; word(f, at).begin < word(f, at).end && word(f, at).begin->c == '-'; at++)
		for (const struct dsfit_cell *c = word(f, at).begin + 1; c < word(f, at).end; c++) {
			if (c->c != 'o' && c->c != 'E' && c->c != 'P' && c->c != 'h')
				return 0;
			*only |= c->c == 'o';
			*dialect = c->c == 'E' ? DSFIT_EXTENDED :
				   c->c == 'P' ? DSFIT_PERL : *dialect;
		}
	return at;
}

/* grep -oE '[0-9]+' */
static bool grep_parts(struct filter *f)
{
	enum dsfit_dialect dialect = DSFIT_BASIC;
	bool only = false;
	size_t at = grep_options(f, &dialect, &only);
	struct dsfit_expression *e;
	struct dsfit_span rest, line, match;

	if (at < 2 || !only || at >= f->words->count)
		return false;
	e = dsfit_expression_parse(f->shell->arena, word(f, at), dialect);
	if (!e)
		return false;
	open_input(f, at + 1);
	rest = f->in;
	for (unsigned i = 0; f->in_known && i < LINES_MAX && next_line(&rest, &line);)
		for (; i < LINES_MAX && line.begin < line.end &&
		       dsfit_expression_next(f->shell->arena, e, &line, &match); i++)
			if (match.begin < match.end)
				put_line(f, match);
			else
				line.begin += line.begin < line.end;
	return f->in_known;
}

/* grep TEXT FILE, for a text that is no expression. */
static bool run_grep(struct filter *f)
{
	struct dsfit_span part = word(f, 1), rest, line;

	if (dsfit_span_begins(part, "-"))
		return grep_parts(f);
	if (dsfit_span_length(part) && part.begin->c == '^')
		part.begin++;
	for (const struct dsfit_cell *c = part.begin; c < part.end; c++)
		if (strchr("*[]\\^$|?+(){}", c->c) || (c->flags & DSFIT_CELL_UNKNOWN))
			return false;
	if (!dsfit_span_length(part))
		return false;
	open_input(f, 2);
	rest = f->in;
	for (unsigned i = 0; f->in_known && i < LINES_MAX && next_line(&rest, &line); i++)
		if (contains(f, line, part))
			put_line(f, line);
	return f->in_known;
}

static bool run_seq(struct filter *f)
{
	int64_t from = 1, step = 1, to = 0;
	size_t n = f->words->count - 1;

	if (n < 1 || n > 3 || !dsfit_span_number(word(f, n), &to) ||
	    (n > 1 && !dsfit_span_number(word(f, 1), &from)) ||
	    (n > 2 && !dsfit_span_number(word(f, 2), &step)) || !step)
		return false;
	for (unsigned i = 0; i < 256 && (step > 0 ? from <= to : from >= to); i++, from += step)
		put_number(f, from, dsfit_span_from(word(f, 1)));
	return true;
}

/* Sums of whole numbers, as texts or as words. */
static bool calculate(struct filter *f, struct dsfit_span text)
{
	int64_t result;
	uint32_t from;

	while (text.begin < text.end && text.end[-1].c == '\n')
		text.end--;
	if (!dsfit_arithmetic(f->shell, text, &result, &from))
		return false;
	put_number(f, result, from);
	return true;
}

static bool run_bc(struct filter *f)
{
	open_input(f, f->words->count);
	return f->in_known && calculate(f, f->in);
}

static bool run_expr(struct filter *f)
{
	struct dsfit_cells text = { 0 };

	for (size_t i = 1; i < f->words->count; i++)
		dsfit_cells_add_span(f->shell->arena, &text, word(f, i));
	return calculate(f, dsfit_span_of(&text));
}

static bool run_basename(struct filter *f)
{
	struct dsfit_span path = word(f, 1), suffix = word(f, 2), part;

	while (path.end - path.begin > 1 && path.end[-1].c == '/')
		path.end--;
	for (const struct dsfit_cell *c = path.begin; c + 1 < path.end; c++)
		if (c->c == '/')
			path.begin = c + 1;
	part = path;
	part.begin = part.end - (dsfit_span_length(suffix) < dsfit_span_length(path) ?
				 dsfit_span_length(suffix) : 0);
	if (dsfit_span_length(suffix) && contains(f, part, suffix))
		path.end = part.begin;
	put_line(f, path);
	return true;
}

static bool run_dirname(struct filter *f)
{
	struct dsfit_span path = word(f, 1);
	const struct dsfit_cell *slash = path.begin;
	bool found = false;

	for (const struct dsfit_cell *c = path.begin; c < path.end; c++) {
		if (c->c == '/' && c + 1 < path.end) {
			slash = c;
			found = true;
		}
	}
	if (!found) {
		put_text(f, ".\n", where(f));
		return true;
	}
	path.end = slash > path.begin ? slash : slash + 1;
	put_line(f, path);
	return true;
}

static bool run_realpath(struct filter *f)
{
	struct dsfit_span path = word(f, f->words->count - 1);

	if (f->words->count < 2 || !dsfit_span_length(path))
		return false;
	put_line(f, path);
	return true;
}

static bool run_pwd(struct filter *f)
{
	put_line(f, dsfit_span_of(&f->shell->folder));
	return true;
}

/* As many names as the job has nodes, but none of them is known. */
static bool run_scontrol(struct filter *f)
{
	const struct dsfit_cell cells[] = { { .c = '?', .flags = DSFIT_CELL_UNKNOWN },
					    { .c = '\n' } };
	uint32_t nodes = f->shell->request->nodes;

	if (!dsfit_span_is(word(f, 1), "show") || (!dsfit_span_is(word(f, 2), "hostnames") &&
						   !dsfit_span_is(word(f, 2), "hostname")))
		return false;
	for (uint32_t i = 0; i < nodes && i < LINES_MAX; i++)
		put(f, (struct dsfit_span){ cells, cells + 2 });
	return nodes > 0;
}

/* nvidia-smi -L, and the queries of one line a GPU: counted by wc. Asked for the count, each line
 * has it. */
static bool run_nvidia_smi(struct filter *f)
{
	uint32_t gpus = f->shell->request->gpus_per_node;
	char line[16] = "GPU\n";

	if (f->words->count < 2)
		return false;
	if (dsfit_span_is(word(f, 1), "--query-gpu=count"))
		snprintf(line, sizeof(line), "%u\n", gpus);
	for (uint32_t i = 0; i < gpus && i < LINES_MAX; i++)
		put_text(f, line, f->shell->request->from);
	return gpus > 0;
}

/* "import torch; print(torch.cuda.device_count())" */
static bool counts_devices(struct filter *f, struct dsfit_span program)
{
	static const char asked[] = "print(torch.cuda.device_count())";
	uint32_t gpus = f->shell->request->gpus_per_node;

	if (!gpus || dsfit_span_length(program) < sizeof(asked) - 1)
		return false;
	program.begin = program.end - (sizeof(asked) - 1);
	if (!dsfit_span_is(program, asked))
		return false;
	put_number(f, gpus, f->shell->request->from);
	return true;
}

/* "print(256 // (4 * 8))", of whole numbers */
static bool calculates(struct filter *f, struct dsfit_span program)
{
	struct dsfit_cells sum = { 0 };
	bool whole = false;

	if (!dsfit_span_begins(program, "print(") || program.end[-1].c != ')' ||
	    dsfit_span_has(program, DSFIT_CELL_UNKNOWN))
		return false;
	program.begin += strlen("print(");
	program.end--;
	if (dsfit_span_begins(program, "int(") && program.end[-1].c == ')') {
		program.begin += strlen("int");
		whole = true;
	}
	for (const struct dsfit_cell *c = program.begin; c < program.end; c++) {
		bool twice = c->c == '/' && program.end - c > 1 && c[1].c == '/';

		if (!strchr("0123456789+-*/() ", c->c) || (c->c == '/' && !twice && !whole))
			return false;
		c += twice;
		dsfit_cells_add(f->shell->arena, &sum, *c);
	}
	return calculate(f, dsfit_span_of(&sum));
}

/* python -c PROGRAM, python3 too, whose output is wanted. */
static bool run_python(struct filter *f)
{
	struct dsfit_span program;

	if (!f->io->out || f->words->count != 3 || !dsfit_span_begins(word(f, 0), "python") ||
	    !dsfit_span_is(word(f, 1), "-c"))
		return false;
	program = dsfit_span_trimmed(word(f, 2));
	return counts_devices(f, program) || calculates(f, program);
}

/* jq -n "[0,1,2,3] | length" */
static bool counts_list(struct filter *f, struct dsfit_span program)
{
	const struct dsfit_cell *bar = program.begin;
	struct dsfit_span list, what;
	long long count = 1;

	while (bar < program.end && bar->c != '|')
		bar++;
	if (bar == program.end || dsfit_span_has(program, DSFIT_CELL_UNKNOWN))
		return false;
	list = dsfit_span_trimmed((struct dsfit_span){ program.begin, bar });
	what = dsfit_span_trimmed((struct dsfit_span){ bar + 1, program.end });
	if (!dsfit_span_is(what, "length") || dsfit_span_length(list) < 3 ||
	    list.begin->c != '[' || list.end[-1].c != ']')
		return false;
	for (const struct dsfit_cell *c = list.begin + 1; c < list.end - 1; c++) {
		if (!strchr("0123456789, ", c->c))
			return false;
		count += c->c == ',';
	}
	put_number(f, count, list.begin[1].from);
	return true;
}

/* A name of its own: its template. */
static bool run_mktemp(struct filter *f)
{
	struct dsfit_span name = word(f, f->words->count - 1);

	if (f->words->count < 2 || name.begin->c == '-')
		put_text(f, "/tmp/tmp.XXXXXXXXXX\n", where(f));
	else
		put_line(f, name);
	return true;
}

/* which X, command -v X */
static bool run_which(struct filter *f)
{
	if (f->words->count < 2)
		return false;
	put_line(f, word(f, f->words->count - 1));
	return true;
}

/* ---- characters and variables --------------------------------------------------------------- */

/* One character, as tr has it; 0: it is more. */
static char character(struct dsfit_span text)
{
	if (text.end - text.begin == 2 && text.begin->c == '\\')
		return text.begin[1].c == 'n' ? '\n' : text.begin[1].c == 't' ? '\t' : '\0';
	return text.end - text.begin == 1 ? text.begin->c : '\0';
}

/* tr A B, tr -d A, of one character each. */
static bool run_tr(struct filter *f)
{
	bool deletes = dsfit_span_is(word(f, 1), "-d");
	char from = character(word(f, deletes ? 2 : 1)), to = character(word(f, 2));

	if (f->words->count != 3 || !from || (!deletes && !to))
		return false;
	open_input(f, 3);
	for (const struct dsfit_cell *c = f->in.begin; f->in_known && c < f->in.end; c++) {
		struct dsfit_cell cell = *c;

		if (cell.c == from && deletes)
			continue;
		if (cell.c == from)
			cell.c = to;
		put(f, (struct dsfit_span){ &cell, &cell + 1 });
	}
	return f->in_known;
}

/* The variable that is named behind a "$", with its end; NULL: none is. */
static const char *named(struct filter *f, const struct dsfit_cell *c,
			 const struct dsfit_cell **end)
{
	bool braces = c < f->in.end && c->c == '{';
	struct dsfit_span name = { c + braces, c + braces };

	while (name.end < f->in.end && (isalnum((unsigned char)name.end->c) || name.end->c == '_'))
		name.end++;
	*end = name.end + braces;
	if (name.begin == name.end || (braces && (name.end == f->in.end || name.end->c != '}')))
		return NULL;
	return dsfit_span_text(f->shell->arena, name);
}

/* Variables in the input have their values. */
static bool run_envsubst(struct filter *f)
{
	const struct dsfit_cell *end;

	open_input(f, f->words->count);
	for (const struct dsfit_cell *c = f->in.begin; f->in_known && c < f->in.end; c = end) {
		const char *name = c->c == '$' ? named(f, c + 1, &end) : NULL;
		const struct dsfit_value *value = name ?
			dsfit_variables_get(&f->shell->variables, DSFIT_VARIABLE, name) : NULL;

		if (!name)
			end = c + 1;
		if (value && value->items.count)
			put(f, dsfit_span_of(&value->items.at[0]));
		else if (name)
			dsfit_filter_unknown(f->shell, f->io);
		else
			put(f, (struct dsfit_span){ c, end });
	}
	return f->in_known;
}

/* ---- settings ------------------------------------------------------------------------------- */

struct question {
	struct filter *f;
	char path[128];		/* as a name of launchers.conf */
	bool found;
};

static void take_value(void *context, const struct dsfit_document_value *value)
{
	struct question *q = context;

	if (q->found || strcmp(value->path, q->path) != 0)
		return;
	q->found = true;
	if (q->f->io->out)
		dsfit_cells_add_text(q->f->shell->arena, q->f->io->out, value->text,
				     where(q->f), value->known ? 0 : DSFIT_CELL_UNKNOWN);
}

/* jq -r .a.b FILE, yq .a.b FILE */
static bool ask_document(struct filter *f, const struct dsfit_query *query)
{
	struct dsfit_reading *r = f->shell->context;
	struct question q = { .f = f };

	if (!query->file || !dsfit_query_path(query->program, q.path))
		return false;
	if (r->documents)
		r->documents(r, word(f, query->file), take_value, &q);
	else
		r->best->has_documents |= dsfit_files_read(f->shell, word(f, query->file)) != NULL;
	if (q.found)
		put_text(f, "\n", where(f));
	return q.found;
}

/* A value, a file with other values in it, or a new one. */
static bool run_query(struct filter *f)
{
	struct dsfit_query query;

	if (!dsfit_query_parse(f->words, &query))
		return false;
	if (query.in_place || ask_document(f, &query))
		return true;
	if (query.builds && counts_list(f, query.program))
		return true;
	if (!f->io->out)
		return true;
	if (dsfit_query_build(f->shell, &query, f->io->out))
		return true;
	f->carries = true;
	open_input(f, query.file ? query.file : f->words->count);
	if (!f->in_known)
		return false;
	put(f, f->in);
	return dsfit_span_is(query.program, ".") ||
	       dsfit_query_change(f->shell, &query, f->io->out);
}

/* Input as it is: what comes later counts lines or takes the first. */
static bool run_same(struct filter *f)
{
	f->carries = true;
	open_input(f, f->words->count);
	if (f->in_known)
		put(f, f->in);
	return f->in_known;
}

static const struct {
	const char *name;
	bool (*run)(struct filter *f);
} filters[] = {
	{ "echo", run_echo }, { "printf", run_printf }, { "cat", run_cat }, { "head", run_head },
	{ "tail", run_tail }, { "wc", run_wc }, { "sed", run_sed }, { "awk", run_awk },
	{ "cut", run_cut }, { "grep", run_grep }, { "seq", run_seq }, { "bc", run_bc },
	{ "expr", run_expr }, { "basename", run_basename }, { "dirname", run_dirname },
	{ "realpath", run_realpath }, { "readlink", run_realpath }, { "pwd", run_pwd },
	{ "scontrol", run_scontrol }, { "nvidia-smi", run_nvidia_smi }, { "which", run_which },
	{ "mktemp", run_mktemp }, { "tr", run_tr },
	{ "envsubst", run_envsubst }, { "jq", run_query }, { "yq", run_query },
	{ "xargs", run_same }, { "sort", run_same }, { "tee", run_same },
	{ "sponge", run_same },
};

bool dsfit_filter(struct dsfit_shell *shell, const struct dsfit_words *words,
		  const struct dsfit_streams *io)
{
	struct filter f = { .shell = shell, .words = words, .io = io };
	struct dsfit_span name = word(&f, 0);
	size_t before = io->out ? io->out->count : 0;

	if (run_python(&f))
		return true;
	/* What a script asks for is mostly there. */
	if (dsfit_span_is(name, "command") && dsfit_span_is(word(&f, 1), "-v"))
		return run_which(&f);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(filters); i++) {
		if (!dsfit_span_is(name, filters[i].name))
			continue;
		if (!filters[i].run(&f)) {
			if (io->out)
				io->out->count = before;
			dsfit_filter_unknown(shell, io);
		}
		return true;
	}
	return false;
}
