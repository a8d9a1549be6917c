import { Controller, Get, Header, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { errorsHtml } from '../openapi/error-pages.js';

/** Pages for people at the root: the way to Swagger UI, and the list of errors that problem types link to. */
@ApiExcludeController()
@Controller()
export class DocsController {
  private readonly errors = errorsHtml();

  @Get()
  @Redirect('/docs', 302)
  home(): void {
    // The answer is the redirect.
  }

  @Get('docs/errors')
  @Header('content-type', 'text/html; charset=utf-8')
  errorList(): string {
    return this.errors;
  }
}
