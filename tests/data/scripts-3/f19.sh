#!/bin/bash
#SBATCH --cpus-per-task=100
ARGS="
    --tokenizer_type bert_tokenizer \
    --train_data_path wudao_180g \
    --max_seq_length 512 \
    --preprocessing_num_workers 100 \
    --pretrained_model_path /models/randeng_t5_char_77M \
"
export CMD="/code/pretrain_t5/process_data.py $ARGS"
python $CMD
