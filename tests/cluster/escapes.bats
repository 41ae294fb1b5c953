#!/usr/bin/env bats
# What a user has named reaches no terminal, no log and no record as it is: control characters are
# '?', and nothing is a format or a line of its own.

load helpers

bad=$'x\e[31m%n%s%9999d\a\x7f\xc2\x9b1m\x9b\ndsfit: forged'

# What dsfit has said, its lines in slurmctld's log, and the record have none of it. Slurm itself
# shows names as they are.
is_plain() {
	local text
	for text in "$(said)" "$(log | grep -aE '^[[][^]]*[]] (error: )?dsfit: ')" \
		"$([[ ! ${job-} ]] || comment "$job")"; do
		LC_ALL=C run ! grep -aP '[\x00-\x09\x0b-\x1f\x7f]|[\x80-\xff]|^forged|\] dsfit: forged' \
			<<<"$text"
	done
}

# A script and files with such names, which say such things.
have_files() {
	local name=${bad//$'\n'/ }
	printf '{"%s": 1, "zero_optimization": {"stage": 3}}' 'x\u001b[31m%n%s' >"$name.json"
	cat >"$name.sh" <<-END
		#!/bin/bash
		#SBATCH --hold -N1 --gpus-per-node=a100:4
		deepspeed "$name.py" --deepspeed "$name.json" --per_device_train_batch_size 4 \\
			--model_name_or_path meta-llama/Llama-2-13b-hf --bf16 --block_size 4096 \\
			--optim "$name" --output_dir "$name"
	END
	script=$name.sh
	file=$name.json
}

@test "on the submit host" {
	have_files
	run_sbatch --job-name="$bad" --comment="$bad" "$script"
	submitted
	matches "$(said)" '%n%s%9999d'
	is_plain
	run_sbatch --ds-model=13B --ds-config="$file" "$script"
	is_plain
	run_sbatch_hold --ds-model="$bad" -N1 --gpus-per-node=a100:4
	is_plain
	run_sbatch_hold --ds-model=13B --ds-optimizer="$bad" -N1 --gpus-per-node=a100:4
	is_plain
	run_sbatch_hold --ds-model=13B -N1 --gpus-per-node="a100$bad:4"
	is_plain
	run_sbatch_hold --ds-model=13B --constraint="$bad" -N1 --gpus-per-node=a100:4
	is_plain
}

@test "in slurmctld" {
	local value
	have_files
	without_client_plugin
	passing=
	run_sbatch --job-name="$bad" --comment="$bad" "$script"
	submitted
	is_plain
	value=${bad//$'\n'/ }
	for value in "$value" "13B$value" "dsfit1,$value"; do
		passes "$(option_name ds-model)=$value"
		run_sbatch_hold -N1 --gpus-per-node=a100:4
		is_plain
		passes "$(option_name ds-model)=13B" "$(option_name ds-optimizer)=$value" \
			"DSFIT_SAID=$value"
		run_sbatch_hold -N1 --gpus-per-node=a100:4
		is_plain
		run_sbatch_hold -p "$value" -N1 --gpus-per-node=a100:4
		is_plain
	done
}
