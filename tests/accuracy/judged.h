/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_JUDGED_H
#define DSFIT_TESTS_JUDGED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Jobs of tests/data that are asked about on the command line, one a row, with what the command
 * says of them. A row that the command refuses to read is a row too: `refused`.
 */

/* One figure, and how far the account is from it. */
struct judged {
	char id[64];
	char group[64];			/* a kind of job, or a source */
	char trust;			/* of a published peak: A or B; else 0 */
	char part[16];			/* what the peak is of: allocated, reserved, device */
	bool ran, fsdp;
	bool refused;			/* not read: `why` */
	bool unsaid;			/* --set was refused */
	char why[512];
	double truth;			/* bytes; 0: only known whether it ran */
	double said;			/* the account's part of the same kind */
	double low, high;		/* the band, less what that kind leaves out */
	double capacity;		/* with the peak of a GPU it is compared with */
	double gpu_low, gpu_high;	/* the band of the GPU */
	/* Of a traced row alone. */
	double evaluation, evaluation_said;	/* 0: none followed */
	double parameters, parameters_said;
	bool called_exact;
	char config[64];
};

struct asked_of {
	const char *data;		/* tests/data */
	const char *command;		/* the program dsfit */
	const char *conf;
};

/* Read a file and ask about each of its rows. The arrays are the caller's to free; NULL, with a
 * line on stderr, where a row cannot be read. */
struct judged *kinds_read(const struct asked_of *of, size_t *count);	/* traced-2.jsonl */
struct judged *published_read(const struct asked_of *of, size_t *count); /* measured-2.csv */

/* A public report of a job that ran or died. */
enum report_outcome { REPORT_RAN, REPORT_HOST_OOM, REPORT_GPU_OOM, REPORT_CONFIG_ERROR };
extern const char *const report_outcomes[];

struct report {
	char id[16];
	char what[160];
	enum report_outcome outcome;
	char said[512];			/* the verdicts, or why it is refused */
	bool right;
};

struct report *reports_read(const struct asked_of *of, size_t *count);	/* reports.csv */

/* The same job many times over would count its model many times: whether a row is the first with
 * its config.json and its number of parameters. */
bool judged_counts(const struct judged *rows, size_t at);

/* What a set of rows comes to. Errors are shares, of those that have both figures. */
struct judged_sum {
	size_t rows, peaks, inside, refused, unsaid, exceeds, passed;
	double median, p90, worst;
};

/* Whether a row is one of those that `what` names. */
typedef bool (*judged_test)(const struct judged *row, const void *what);
void judged_add_up(const struct judged *rows, size_t count, judged_test test, const void *what,
		   struct judged_sum *out);

#endif
