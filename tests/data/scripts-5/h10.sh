#!/bin/bash
#SBATCH --array=0-1
#SBATCH --gpus-per-node=1
case ${SLURM_ARRAY_TASK_ID} in
    0)
        outcome=stay
        ;;
    1)
        outcome=death
        ;;
    *)
        echo "Invalid" ;;
esac
res=$(
    python3 ../ehr/scripts/fine_tune_classification.py \
        --model_loc "${home}/mdls/llama-med-44-hp" \
        --n_epochs 10 \
        --learning_rate 0.00005 \
        --per_device_train_batch_size 8 \
        --gradient_accumulation_steps 2 \
        --outcome "$outcome" \
        --jid "'${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}'"
)
echo "$res"
