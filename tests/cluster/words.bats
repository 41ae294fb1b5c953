#!/usr/bin/env bats
# How it is said: the help of Slurm's commands, and messages on a terminal.

load helpers

# at_terminal COLUMNS CMD [ARG]...: on a terminal of so many columns. Sets output, all that it shows.
at_terminal() {
	local columns=$1 command
	shift
	printf -v command '%q ' "$root/scripts/cluster" run "$@"
	run script --quiet --return --command "stty cols $columns; $command" /dev/null
	output=${output//$'\r'/}
	printf '%s\n' "$output"
}

# our: of those lines, the ones of dsfit's, with Slurm's prefix.
our() {
	grep ' dsfit: ' <<<"$output"
}

@test "--help: the options grouped and aligned, each on one line of 80 columns" {
	local command options
	for command in sbatch salloc srun; do
		run_on "$command" --help
		options=$(sed -n '/--ds-model=/,/--ds-explain=/p' <<<"$output")
		is "$(grep -c -e '--ds-' <<<"$options")" 17
		is "$(grep -c '^$' <<<"$options")" 3
		is "$(wc -l <<<"$options")" 20
		is "$(grep -v '^$' <<<"$options" | grep -vE '^ {6}--ds-[a-z]+=[A-Z]+ +[^ ]')" ''
		is "$(grep -v '^$' <<<"$options" | cut -c30 | sort -u)" ' '
		is "$(grep -v '^$' <<<"$options" | cut -c31 | grep -c ' ')" 0
		is "$(awk 'length > 80' <<<"$options")" ''
	done
}

@test "on a terminal: a fit in three rows, a refusal in eight, none beyond 80 columns" {
	at_terminal 80 sbatch --hold "${too_big[@]}" -N3 --gpus-per-node=a100:4 --wrap true
	is "$(our | wc -l)" 3
	is "$(awk 'length > 80' <<<"$output")" ''
	at_terminal 80 sbatch --hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 -p strict --wrap true
	(($(our | wc -l) <= 8))
	# What is to be typed stays in one line.
	is "$(our | awk 'length > 80' | grep -v -e '--ds-offload=')" ''
	matches "$output" 'instead: -p strict -N 3 --gpus-per-node=a100:4'
}

@test "on a terminal: an error goes on in the next row" {
	at_terminal 80 sbatch --ds-model=llama-2-13 --wrap true
	matches "$(our | head -n 1)" '--ds-model=llama-2-13: did you mean llama-2-13b\? must be'
	(($(our | wc -l) > 1))
	is "$(our | awk 'length > 80')" ''
}

@test "on a terminal: no colour, and nothing but ASCII" {
	at_terminal 80 sbatch --hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 --ds-explain=full \
		--wrap true
	lacks "$output" $'\e'
	is "$(LC_ALL=C grep '[^ -~]' <<<"$(our)")" ''
	at_terminal 80 env NO_COLOR=1 dsfit size --model=13B --zero=3 --gpu=a100 --gpus-per-node=4
	lacks "$output" $'\e'
}
