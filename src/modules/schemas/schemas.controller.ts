import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { generatorReportJsonSchema } from '../../evaluation/generators/generator-report.schema.js';
import { reportJsonSchema } from '../../evaluation/report.schema.js';

@ApiTags('schemas')
@Controller('schemas')
export class SchemasController {
  @Get('report.json')
  @Header('content-type', 'application/schema+json')
  @ApiOperation({ summary: 'Schema of report.json', description: 'JSON Schema, draft 2020-12.' })
  @ApiOkResponse({ description: 'JSON Schema', content: { 'application/schema+json': { schema: { type: 'object' } } } })
  report(): Record<string, unknown> {
    return reportJsonSchema();
  }

  @Get('generator-report.json')
  @Header('content-type', 'application/schema+json')
  @ApiOperation({ summary: 'Schema of the report on generators', description: 'JSON Schema, draft 2020-12.' })
  @ApiOkResponse({ description: 'JSON Schema', content: { 'application/schema+json': { schema: { type: 'object' } } } })
  generatorReport(): Record<string, unknown> {
    return generatorReportJsonSchema();
  }
}
