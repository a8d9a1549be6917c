import { Module } from '@nestjs/common';
import { ExpressionUses } from './expression-uses.service.js';

@Module({ providers: [ExpressionUses], exports: [ExpressionUses] })
export class ExpressionUsesModule {}
