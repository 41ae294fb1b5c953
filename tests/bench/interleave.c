/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interleave ROUNDS NAME=COMMAND...: how long commands take, against the first. In each round all
 * of them run once, in random order, so that whatever else the machine does meets all alike.
 * COMMAND is words without quotes; its output goes nowhere. Prints a row of a table for each: the
 * median of its rounds in milliseconds and their quartiles, then the median and the quartiles of
 * its ratio to the first command in the same round. Exit status 1 if a command fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define WORDS_MAX 64
#define ROUNDS_MAX 5000

static char *words[COMMANDS_MAX][WORDS_MAX + 1];
static double took[COMMANDS_MAX][ROUNDS_MAX];

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double run(char **command)
{
	double start = milliseconds();
	pid_t pid = vfork();
	int status;

	if (!pid) {
		int nowhere = open("/dev/null", O_RDWR);

		for (int i = 0; i < 3; i++)
			dup2(nowhere, i);
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "%s failed\n", command[0]);
		exit(1);
	}
	return milliseconds() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void shuffle(int *order, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int j = rand() % (i + 1), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void show(const char *name, const double *values, const double *first, int rounds)
{
	static double sorted[ROUNDS_MAX], ratio[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		sorted[i] = values[i];
		ratio[i] = values[i] / first[i];
	}
	qsort(sorted, (size_t)rounds, sizeof(*sorted), compare);
	qsort(ratio, (size_t)rounds, sizeof(*ratio), compare);
	printf("| %s | %.2f | %.2f to %.2f | %.3f | %.3f to %.3f |\n", name, sorted[rounds / 2],
	       sorted[rounds / 4], sorted[3 * rounds / 4],
	       ratio[rounds / 2], ratio[rounds / 4],
	       ratio[3 * rounds / 4]);
}

int main(int argc, char **argv)
{
	int order[COMMANDS_MAX], count = argc - 2, rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX || count > COMMANDS_MAX) {
		fprintf(stderr, "Usage: interleave ROUNDS NAME=COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < count; i++) {
		char *rest = strchr(argv[i + 2], '=');
		int n = 0;

		if (!rest)
			return 2;
		*rest++ = '\0';
		while (n < WORDS_MAX && (words[i][n] = strsep(&rest, " ")))
			n += *words[i][n] != '\0';
		order[i] = i;
		run(words[i]);
	}
	for (int round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (int i = 0; i < count; i++)
			took[order[i]][round] = run(words[order[i]]);
	}
	for (int i = 0; i < count; i++)
		show(argv[i + 2], took[i], took[0], rounds);
	return 0;
}
