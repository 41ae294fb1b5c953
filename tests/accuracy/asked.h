/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_ASKED_H
#define DSFIT_TESTS_ASKED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What `dsfit size --json` says of a job, asked as a user asks: by a command line, in a process of
 * its own. So every row is judged by all that lies between words and figures.
 */
struct asking {
	const char *command;		/* the program dsfit */
	const char *conf;		/* its dsfit.conf */
	const char *folder;		/* which it runs in; NULL: this one */
	char words[2048];		/* of the command line, each ended by a newline */
	char set[512];			/* for --set: KEY:VALUE,... */
};

/* Add a word of the command line, or a pair for --set. */
void ask_word(struct asking *asking, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void ask_set(struct asking *asking, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct answer {
	int status;			/* the program's; 2: refused to read it, and says why */
	bool unsaid;			/* --set was refused, so this is the answer without it */
	char why[512];			/* the first line of stderr */
	struct json_object *all;	/* NULL where there is none */
};

/* Ask. The answer is to be freed with answer_free(). */
void ask(const struct asking *asking, struct answer *answer);
void answer_free(struct answer *answer);

/* Of an answer, a figure of one of its objects: NAN where there is none; a word: "" likewise. */
double answer_number(const struct answer *answer, const char *object, const char *key);
const char *answer_text(const struct answer *answer, const char *object, const char *key);
/* A figure of answer.gpu.phases. */
double answer_phase(const struct answer *answer, const char *phase);

/* What PyTorch has allocated at the peak, and what it has reserved. */
double answer_allocated(const struct answer *answer);
double answer_reserved(const struct answer *answer);

#endif
